import assert from 'node:assert/strict';
import { connect } from '../../../src/lib/cluster/connect.js';
import type { Surroundings } from '../../../src/lib/cluster/connect.js';
import { isForbidden, isNotFound } from '../../../src/lib/cluster/errors.js';
import { kinds } from '../../../src/lib/resources/kinds.js';
import type { Cluster, ClusterOptions } from '../../../src/lib/cluster/types.js';
import type { ClusterError } from '../../../src/lib/errors.js';
import type { KubeconfigChanges, TestServer } from './api-server.js';

/** The name under which the API server sees the user of a connection. */
export async function whoAmI(cluster: Cluster): Promise<string> {
  // Whoever has no rights is named in the refusal.
  try {
    await cluster.get({ kind: kinds.Secret, name: 'x', namespace: 'default' });
    return assert.fail('there is no such secret');
  } catch (error) {
    if (isNotFound(error)) return 'admin';
    const user = isForbidden(error) ? /User "([^"]*)" cannot get/.exec(error.message)?.[1] : undefined;
    if (user === undefined) throw error;
    return user;
  }
}

/** The `ClusterError` that a call fails with. */
export async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  // Not by class: what was loaded with `import()` has a class of its own in the tests, whose files are loaded with `require`.
  assert(error instanceof Error && 'exitCode' in error && error.exitCode === 3, String(error));
  assert(!error.message.includes('\n'), 'a message is one line');
  return error as ClusterError;
}

/** Connects as `nobody` with changes to the kubeconfig. */
export function opener(server: TestServer) {
  return (
    changes: KubeconfigChanges,
    options: ClusterOptions = {},
    surroundings: Surroundings = {},
  ): Promise<Cluster> =>
    connect({ kubeconfig: server.kubeconfigFor('nobody', changes), env: {}, ...options }, surroundings);
}
