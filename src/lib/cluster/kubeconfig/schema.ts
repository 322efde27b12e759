import type { ObjectSchema, Schema, StringSchema } from '../../resources/validate/schema.js';

/** What client-go decodes a kubeconfig into (clientcmd/api/v1 Config). Fields that it does not know are ignored. */

const text: StringSchema = { type: 'string' };
const texts: Schema = { type: 'list', items: text };
const flag: Schema = { type: 'boolean' };
const any: Schema = { type: 'any' };

const base64: StringSchema = {
  type: 'string',
  check(value) {
    const compact = value.replace(/[\r\n]/g, '');
    return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)
      ? undefined
      : { message: 'is not base64', hint: 'encode the PEM text: base64 -w0 FILE' };
  },
};

function only(wanted: string): StringSchema {
  return {
    type: 'string',
    check: (value) =>
      value === '' || value === wanted
        ? undefined
        : { message: `must be ${wanted}`, hint: 'this is not a kubeconfig: name another file with --kubeconfig' },
  };
}

function open(fields: Record<string, Schema>): ObjectSchema {
  return { type: 'object', fields, others: null };
}

function list(fields: Record<string, Schema>): Schema {
  return { type: 'list', items: open(fields) };
}

const exec = open({
  command: text,
  args: texts,
  env: list({ name: text, value: text }),
  apiVersion: text,
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});

export const kubeconfigSchema: ObjectSchema = open({
  kind: only('Config'),
  apiVersion: only('v1'),
  'current-context': text,
  clusters: list({
    name: text,
    cluster: open({
      server: text,
      'tls-server-name': text,
      'insecure-skip-tls-verify': flag,
      'certificate-authority': text,
      'certificate-authority-data': base64,
      'proxy-url': text,
      extensions: list({ name: text, extension: any }),
    }),
  }),
  users: list({
    name: text,
    user: open({
      'client-certificate': text,
      'client-certificate-data': base64,
      'client-key': text,
      'client-key-data': base64,
      token: text,
      tokenFile: text,
      username: text,
      password: text,
      as: text,
      'as-uid': text,
      'as-groups': texts,
      'as-user-extra': { type: 'map', values: texts },
      'auth-provider': open({ name: text, config: { type: 'map', values: text, nullValue: '' } }),
      exec,
    }),
  }),
  contexts: list({ name: text, context: open({ cluster: text, user: text, namespace: text }) }),
});

/** The values that the schema has checked. */
export interface ClusterFields {
  readonly server?: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly extensions?: readonly { readonly name?: string; readonly extension?: unknown }[];
}

export interface UserFields {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[];
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>>;
  readonly 'auth-provider'?: { readonly name?: string; readonly config?: Readonly<Record<string, string>> };
  readonly exec?: ExecFields;
}

export interface ExecFields {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name?: string; readonly value?: string }[];
  readonly apiVersion?: string;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: string;
}

export interface ContextFields {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}
