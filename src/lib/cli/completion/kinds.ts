/** What can be completed of a value: names that a cluster or a kubeconfig has, codes of our own, or files. */
export type ValueKind =
  | 'files'
  | 'namespaces'
  | 'namespaces-to-add'
  | 'namespaces-to-remove'
  | 'namespaces-to-ignore'
  | 'namespaces-to-unignore'
  | 'service-accounts'
  | 'pods'
  | 'policies'
  | 'policies-of-any-namespace'
  | 'route-groups'
  | 'traffic-settings'
  | 'ingress-backends'
  | 'services'
  | 'deployments'
  | 'meshes'
  | 'contexts'
  | 'lint-rules'
  | 'error-codes'
  | 'meshconfig-fields'
  | 'commands';

/** What flags call their values in help → what can be completed; null where only the user knows. A test finds those that are missing. */
const byHelpValue: Readonly<Record<string, ValueKind | null>> = {
  '[NAMESPACE/]NAME': 'policies-of-any-namespace',
  '[NAMESPACE/]POD': 'pods',
  '[NAMESPACE/]POD|KIND/NAME': 'pods',
  '[NAMESPACE/]SERVICEACCOUNT': 'service-accounts',
  '[NAMESPACE/]SERVICEACCOUNT|KIND/NAME': 'service-accounts',
  CODE: 'lint-rules',
  DIR: 'files',
  FILE: 'files',
  NAMESPACE: 'namespaces',
  'NAMESPACE/POD': 'pods',
  '[NAMESPACE/]SERVICE': 'services',
  'NAMESPACE/SERVICE': 'services',
  OLD: 'files',
  PATH: 'files',
  CIDR: null,
  DURATION: null,
  'H1:P1:H2:P2': null,
  HOST: null,
  'HOST:PORT:ADDRESS': null,
  'KEY=JSON': null,
  'KEY=PATH': null,
  'KEY=TEXT': null,
  'KEY=VALUE': null,
  LINE: null,
  METHOD: null,
  'NUMBER/PROTOCOL': null,
  PERCENT: null,
  PORT: null,
  PROTOCOL: null,
  SECONDS: null,
  SELECTOR: null,
  TEXT: null,
  'TEXT|/REGEX/': null,
  URL: null,
  VERSION: null,
};

/** Flags whose values are called NAME, or NAMESPACE/NAME → whose names they are. */
const byFlag: Readonly<Record<string, ValueKind | null>> = {
  'app-deployments': 'deployments',
  'app-pods': 'pods',
  'ca-bundle-secret-name': null,
  container: null,
  context: 'contexts',
  'ingress-backend': 'ingress-backends',
  'mesh-name': 'meshes',
  meshrootcertificate: null,
  name: null,
  route: 'route-groups',
  'to-service': 'services',
  'upstream-traffic-setting': 'traffic-settings',
};

/** Arguments, by their names, where need be after the command's. */
const byArgument: Readonly<Record<string, ValueKind | null>> = {
  assignment: 'meshconfig-fields',
  code: 'error-codes',
  command: 'commands',
  destination: 'pods',
  file: 'files',
  mesh: 'meshes',
  name: 'policies',
  'namespace:add namespace': 'namespaces-to-add',
  'namespace:ignore namespace': 'namespaces-to-ignore',
  'namespace:remove namespace': 'namespaces-to-remove',
  'namespace:unignore namespace': 'namespaces-to-unignore',
  new: 'files',
  old: 'files',
  pod: 'pods',
  query: null,
  resource_kind: null,
  source: 'pods',
  target: null,
};

/** @param helpValue as the manifest has it; absent for flags that list their values. Undefined: this table does not know it. */
export function kindOfFlag(name: string, helpValue: string | undefined): ValueKind | null | undefined {
  return /^(NAMESPACE\/)?NAME$/.test(helpValue ?? '') ? byFlag[name] : byHelpValue[helpValue ?? ''];
}

/** @param name of an argument of the command `id`, in lower case */
export function kindOfArgument(id: string, name: string): ValueKind | null | undefined {
  const own = byArgument[`${id} ${name}`];
  return own === undefined ? byArgument[name] : own;
}
