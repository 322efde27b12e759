import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { after, afterEach, before, describe } from 'mocha';
import { connect } from '../../../src/lib/cluster/connect.js';
import { kinds } from '../../../src/lib/resources/kinds.js';
import type { ResourceKind } from '../../../src/lib/resources/kinds.js';
import { withoutMetadata } from '../../../src/lib/resources/server-fields.js';
import type { Cluster, ClusterOptions } from '../../../src/lib/cluster/types.js';
import type { KubernetesObject } from '../../../src/lib/resources/types.js';
import { findAssets } from './assets.js';
import { asAdmin, startControlPlane, staticUsers } from './control-plane.js';
import type { ControlPlane } from './control-plane.js';

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What a user may do: rules for the whole cluster, and rules by namespace. */
export interface Rights {
  readonly cluster?: readonly PolicyRule[];
  readonly namespaces?: Readonly<Record<string, readonly PolicyRule[]>>;
}

/** Changes to the kubeconfig that `kubeconfigFor` writes. */
export interface KubeconfigChanges {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
}

/** The one API server of a mocha run, and what tests need around it. It is running in hooks and tests, not before. */
export interface TestServer {
  readonly control: ControlPlane;
  /** The server's URL. */
  readonly url: string;
  /** A kubeconfig file for a user: `admin`, `nobody`, or one of `createUser`. Its context and user have the user's name. */
  kubeconfigFor(user: string, changes?: KubeconfigChanges): string;
  /** A file of the tests, removed at the end. */
  file(name: string, content: string): string;
  /** A connection with an environment of its own: nothing of the machine's kubeconfig counts. */
  connect(user: string, options?: ClusterOptions): Promise<Cluster>;
  /** A user, known by a client certificate, with exactly these rights; returns the name for `kubeconfigFor`. */
  createUser(name: string, rights: Rights): Promise<string>;
  /** Creates a namespace with a name of its own. */
  freshNamespace(prefix?: string, labels?: Record<string, string>): Promise<string>;
  /** Applies the objects of a YAML text as admin; those without namespace go to `namespace`. */
  apply(yaml: string, namespace?: string): Promise<KubernetesObject[]>;
  /** The objects of a kind, whole but for what differs from run to run: managedFields, uid, versions and timestamps. */
  dump(kind: ResourceKind, namespace?: string): Promise<object[]>;
  /** While `action` runs, the server takes connections and does not answer. */
  whileFrozen<T>(action: () => Promise<T>): Promise<T>;
  /** Makes the server forget all earlier states of ServiceAccounts, so that tokens of earlier pages expire. */
  forgetHistory(): Promise<void>;
}

let running: Promise<ControlPlane> | undefined;
let failed = false;
let problem: Error | undefined;

try {
  findAssets();
} catch (error) {
  problem = error as Error;
  // Where the program was is no news to whoever reads this.
  problem.stack = problem.message;
}

// Imported while mocha loads the test files, this adds hooks to the root suite: one server for all files.
before('integration tests need a Kubernetes API server', () => {
  if (!problem) return;
  console.error(problem.message);
  throw problem;
});

afterEach(function () {
  failed ||= this.currentTest?.state === 'failed';
});

after(async function () {
  this.timeout(20_000);
  const control = await running?.catch(() => undefined);
  const logs = await control?.stop(failed);
  if (logs) console.error(`logs of etcd and kube-apiserver: ${logs}`);
});

/**
 * A suite that talks to the real API server, started once for the whole run.
 * `server` is usable in hooks and tests. Without KUBEBUILDER_ASSETS the run fails in a root hook that says so.
 */
export function integration(title: string, body: (server: TestServer) => void): void {
  describe(title, () => {
    let control: ControlPlane | undefined;
    before(async function () {
      this.timeout(90_000);
      running ??= startControlPlane().then(withCustomResources);
      control = await running;
    });
    body(
      createTestServer(() => {
        if (!control) throw new Error('the API server runs only in hooks and tests');
        return control;
      }),
    );
  });
}

function createTestServer(control: () => ControlPlane): TestServer {
  const credentials = new Map<string, object>(staticUsers.map((user) => [user, { token: user }]));
  const file = (name: string, content: string): string => {
    const path = join(control().folder, `${randomBytes(4).toString('hex')}-${name}`);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const kubeconfigFor = (user: string, changes: KubeconfigChanges = {}): string =>
    file(`kubeconfig-${user}`, JSON.stringify(kubeconfig(control(), user, credentials.get(user), changes), null, 2));
  const connectAs = (user: string, options: ClusterOptions = {}): Promise<Cluster> =>
    connect({ kubeconfig: kubeconfigFor(user), env: {}, ...options });

  const server: TestServer = {
    get control() {
      return control();
    },
    get url() {
      return control().url;
    },
    kubeconfigFor,
    file,
    connect: connectAs,

    async createUser(name, rights) {
      const user = `${name}-${randomBytes(3).toString('hex')}`;
      const { cert, key } = control().authority.issue({ commonName: user });
      credentials.set(user, { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) });
      await server.apply(grants(user, rights));
      await untilGranted(control(), user, rights);
      return user;
    },

    async freshNamespace(prefix = 'test', labels = {}) {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      const admin = await connectAs('admin');
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
      return name;
    },

    async apply(yaml, namespace) {
      const admin = await connectAs('admin', { namespace });
      const applied: KubernetesObject[] = [];
      for (const document of loadAll(yaml) as (KubernetesObject | null)[]) {
        if (document) applied.push((await admin.apply(document, { fieldManager: 'test', force: true })).object);
      }
      return applied;
    },

    async dump(kind, namespace) {
      const admin = await connectAs('admin');
      return (await admin.list(kind, { namespace })).map((object) => withoutMetadata(object, ...runDetails));
    },

    async whileFrozen(action) {
      control().apiServer.signal('SIGSTOP');
      try {
        return await action();
      } finally {
        control().apiServer.signal('SIGCONT');
      }
    },

    async forgetHistory() {
      const call = async (method: string, body: object): Promise<{ header: { revision: string } }> => {
        const answer = await fetch(`${control().etcdUrl}/v3/kv/${method}`, {
          method: 'POST',
          body: JSON.stringify(body),
        });
        return (await answer.json()) as { header: { revision: string } };
      };
      const { revision } = (await call('range', { key: Buffer.from('x').toString('base64') })).header;
      await call('compaction', { revision, physical: true });
    },
  };
  return server;
}

function kubeconfig(
  control: ControlPlane,
  user: string,
  credential: object | undefined,
  changes: KubeconfigChanges,
): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': user,
    clusters: [
      {
        name: 'test',
        cluster: {
          server: control.url,
          'certificate-authority-data': base64(control.authority.cert),
          ...changes.cluster,
        },
      },
    ],
    users: [{ name: user, user: { ...credential, ...changes.user } }],
    contexts: [{ name: user, context: { cluster: 'test', user, ...changes.context } }],
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Manifests, as JSON documents, of roles and bindings that give a user its rights. */
function grants(name: string, rights: Rights): string {
  const rbac = 'rbac.authorization.k8s.io';
  const grant = (prefix: '' | 'Cluster', namespace: string | undefined, rules: readonly PolicyRule[]): object[] => {
    const apiVersion = `${rbac}/v1`;
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
    const subjects = [{ apiGroup: rbac, kind: 'User', name }];
    const roleRef = { apiGroup: rbac, kind: `${prefix}Role`, name };
    return [
      { apiVersion, kind: `${prefix}Role`, metadata, rules },
      { apiVersion, kind: `${prefix}RoleBinding`, metadata, subjects, roleRef },
    ];
  };
  const documents = [
    ...(rights.cluster ? grant('Cluster', undefined, rights.cluster) : []),
    ...Object.entries(rights.namespaces ?? {}).flatMap(([namespace, rules]) => grant('', namespace, rules)),
  ];
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}

/** The authorizer hears of new roles a moment later. */
async function untilGranted(control: ControlPlane, user: string, rights: Rights): Promise<void> {
  const scopes = [
    ...(rights.cluster ? [{ namespace: undefined, rules: rights.cluster }] : []),
    ...Object.entries(rights.namespaces ?? {}).map(([namespace, rules]) => ({ namespace, rules })),
  ];
  for (const { namespace, rules } of scopes) {
    const rule = rules[0];
    if (!rule) continue;
    const resourceAttributes = {
      namespace,
      group: rule.apiGroups[0],
      resource: rule.resources[0],
      verb: rule.verbs[0],
      name: rule.resourceNames?.[0],
    };
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, resourceAttributes },
    };
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const deadline = Date.now() + 10_000;
    while (!((await asAdmin(control, 'POST', path, review)) as { status: { allowed: boolean } }).status.allowed) {
      if (Date.now() > deadline) throw new Error(`${user} has not got its rights after 10 s`);
      await sleep(20);
    }
  }
}

const runDetails = ['managedFields', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'];

/** Applies OSM's CRDs and waits until the server serves them. */
export async function withCustomResources(control: ControlPlane): Promise<ControlPlane> {
  const folder = fileURLToPath(new URL('crds', import.meta.url));
  const path = join(control.folder, 'kubeconfig-crds');
  writeFileSync(path, JSON.stringify(kubeconfig(control, 'admin', { token: 'admin' }, {})));
  const admin = await connect({ kubeconfig: path, env: {} });
  const isWhole = (crd: KubernetesObject): boolean => isEstablished(crd) && !isGoing(crd) && isUntouched(crd);
  const present = await admin.list(kinds.CustomResourceDefinition);
  if (present.length === CRDS && present.every(isWhole)) return control;
  const documents = readdirSync(folder)
    .filter((entry) => entry.endsWith('.yaml'))
    .flatMap((name) => loadAll(readFileSync(join(folder, name), 'utf8')) as KubernetesObject[]);
  for (const document of documents) await admin.apply(document, { fieldValidation: 'Ignore' });
  const deadline = Date.now() + 30_000;
  for (const document of documents) {
    const { name } = document.metadata;
    for (;;) {
      const crd = await admin.find({ kind: kinds.CustomResourceDefinition, name });
      if (crd && isEstablished(crd) && !isGoing(crd)) break;
      if (Date.now() > deadline) throw new Error(`the CRD ${name} is not established after 30 s`);
      // What was still being deleted when it was applied goes all the same, and is made anew.
      if (crd === undefined) await admin.apply(document, { fieldValidation: 'Ignore' });
      await sleep(50);
    }
  }
  return control;
}

function isGoing(crd: KubernetesObject): boolean {
  return Object.hasOwn(crd.metadata, 'deletionTimestamp');
}

/** How many OSM has. */
const CRDS = 10;

/** As OSM installs it: labelled, and converting nothing. */
function isUntouched(crd: KubernetesObject): boolean {
  const { spec } = crd as { spec?: { conversion?: { strategy?: string } } };
  return crd.metadata.labels?.['app.kubernetes.io/name'] !== undefined && spec?.conversion?.strategy === 'None';
}

function isEstablished(crd: KubernetesObject): boolean {
  const { status } = crd as { status?: { conditions?: { type: string; status: string }[] } };
  return (
    status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false
  );
}
