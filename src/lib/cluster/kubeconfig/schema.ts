import type { Schema } from '../../resources/validate/schema.js';

/** What client-go decodes a kubeconfig into (clientcmd/api/v1 Config). Fields that it does not know are ignored. */

/** What the values of a schema are in TypeScript. */
export type Checked<S> = S extends { type: 'string' }
  ? string
  : S extends { type: 'boolean' }
    ? boolean
    : S extends { items: infer Items }
      ? readonly Checked<Items>[]
      : S extends { values: infer Values }
        ? Readonly<Record<string, Checked<Values>>>
        : S extends { fields: infer Fields }
          ? { readonly [Field in keyof Fields]?: Checked<Fields[Field]> }
          : unknown;

interface Open<Fields> {
  readonly type: 'object';
  readonly fields: Fields;
  readonly others: null;
}

const text = { type: 'string' } as const;
const texts = { type: 'list', items: text } as const;
const flag = { type: 'boolean' } as const;
const any = { type: 'any' } as const;

const base64 = {
  type: 'string',
  check(value: string) {
    const compact = value.replace(/[\r\n]/g, '');
    return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)
      ? undefined
      : { message: 'is not base64', hint: 'encode the PEM text: base64 -w0 FILE' };
  },
} as const;

const only = (wanted: string) =>
  ({
    type: 'string',
    check: (value: string) =>
      value === '' || value === wanted
        ? undefined
        : { message: `must be ${wanted}`, hint: 'this is not a kubeconfig: name another file with --kubeconfig' },
  }) as const;

const open = <Fields extends Readonly<Record<string, Schema>>>(fields: Fields): Open<Fields> => ({
  type: 'object',
  fields,
  others: null,
});

const list = <Fields extends Readonly<Record<string, Schema>>>(fields: Fields) =>
  ({ type: 'list', items: open(fields) }) as const;

const clusterSchema = open({
  server: text,
  'tls-server-name': text,
  'insecure-skip-tls-verify': flag,
  'certificate-authority': text,
  'certificate-authority-data': base64,
  'proxy-url': text,
  extensions: list({ name: text, extension: any }),
});

const execSchema = open({
  command: text,
  args: texts,
  env: list({ name: text, value: text }),
  apiVersion: text,
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});

const userSchema = open({
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
  'as-user-extra': { type: 'map', values: texts } as const,
  'auth-provider': open({ name: text, config: { type: 'map', values: text, nullValue: '' } as const }),
  exec: execSchema,
});

const contextSchema = open({ cluster: text, user: text, namespace: text });

export const kubeconfigSchema = open({
  kind: only('Config'),
  apiVersion: only('v1'),
  'current-context': text,
  clusters: list({ name: text, cluster: clusterSchema }),
  users: list({ name: text, user: userSchema }),
  contexts: list({ name: text, context: contextSchema }),
});

export type ClusterFields = Checked<typeof clusterSchema>;
export type UserFields = Checked<typeof userSchema>;
export type ExecFields = Checked<typeof execSchema>;
export type ContextFields = Checked<typeof contextSchema>;
