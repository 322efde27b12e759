import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from '../../../src/lib/cluster/types.js';
import { roleOf, type RootCertificate } from '../../../src/lib/mesh/certificate/roles.js';
import { secretOf } from '../../../src/lib/mesh/certificate/successor.js';
import { kinds } from '../../../src/lib/resources/kinds.js';
import type { KubernetesObject } from '../../../src/lib/resources/types.js';
import type { TestServer } from './api-server.js';
import { asAdmin } from './control-plane.js';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

type Schema = { properties: Record<string, Schema & object> } & Record<string, unknown>;

/**
 * Gives the CRDs what those of the archived main branch have besides (osm-cli §16.2).
 * @returns takes it away again
 */
export async function withRoles(server: TestServer): Promise<() => Promise<void>> {
  interface Definition {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  }
  const read = (name: string) => asAdmin(server.control, 'GET', `${crds}/${name}`) as Promise<Definition>;
  const write = (name: string, crd: Definition) => asAdmin(server.control, 'PUT', `${crds}/${name}`, crd);
  const before = new Map<string, Definition['spec']>();
  const change = async (name: string, into: (spec: Schema['properties']) => void): Promise<void> => {
    const crd = await read(name);
    before.set(name, structuredClone(crd.spec));
    for (const { schema } of crd.spec.versions) into(schema.openAPIV3Schema.properties['spec']!.properties);
    await write(name, crd);
  };
  await change('meshrootcertificates.config.openservicemesh.io', (spec) => {
    Object.assign(spec, {
      role: { type: 'string', enum: ['passive', 'active', 'inactive'] },
      spiffeEnabled: { type: 'boolean', default: false },
    });
  });
  await change('meshconfigs.config.openservicemesh.io', (spec) => {
    Object.assign(spec['featureFlags']!.properties, { enableMeshRootCertificate: { type: 'boolean' } });
  });
  return async () => {
    for (const [name, spec] of before) await write(name, { ...(await read(name)), spec });
  };
}

export interface RotatingMesh {
  /** Every state of the roles that the control plane has seen, in order: `old active, new passive`. */
  readonly seen: readonly string[];
  /** Stops following. */
  sleep(): void;
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Plays the control plane of the archived main branch: makes the Secret of a certificate that is in use, and puts all that are in
 * use into the webhook configurations.
 */
export function startRotatingMesh(admin: Cluster, namespace: string, pem: string): RotatingMesh {
  const seen: string[] = [];
  let ended = false;
  let asleep = false;
  const look = async (): Promise<void> => {
    const all = await admin.list<RootCertificate>(kinds.MeshRootCertificate, { namespace });
    const state = all.map((each) => `${each.metadata.name} ${roleOf(each)}`).join(', ');
    if (seen.at(-1) !== state) seen.push(state);
    const inUse = all.filter((each) => roleOf(each) !== 'inactive');
    for (const secret of inUse.map(secretOf)) {
      if (!secret || (await admin.find({ kind: kinds.Secret, ...secret }))) continue;
      await admin.create({ apiVersion: 'v1', kind: 'Secret', metadata: secret });
    }
    const caBundle = Buffer.from(pem.repeat(inUse.length)).toString('base64');
    for (const kind of [kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration]) {
      for (const { metadata } of await admin.list<KubernetesObject>(kind)) {
        const patch = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }] as const;
        await admin.patch({ kind, name: metadata.name }, 'json', patch);
      }
    }
  };
  const work = (async () => {
    while (!ended) {
      if (!asleep) await look();
      await sleep(20);
    }
  })();
  return {
    seen,
    sleep: () => (asleep = true),
    wake: () => (asleep = false),
    stop: () => {
      ended = true;
      return work;
    },
  };
}
