import assert from 'node:assert/strict';
import { MissingKindError, isConflict, isForbidden, isNotFound } from '../../src/lib/cluster/errors.js';
import { ClusterError } from '../../src/lib/errors.js';
import { istioKinds, kinds, type ResourceKind } from '../../src/lib/resources/kinds.js';

describe('a kind that the cluster does not have', () => {
  const egress = 'the cluster does not know the kind Egress (policy.openservicemesh.io/v1alpha1): ';
  const gateway = 'the cluster does not know the kind Gateway (networking.istio.io/v1): ';
  const cases: readonly (readonly [
    what: string,
    kind: ResourceKind,
    served: string[],
    message: string,
    hint: string,
  ])[] = [
    [
      "OSM's, where OSM is not installed",
      kinds.Egress,
      [],
      `${egress}the CRD egresses.policy.openservicemesh.io is not installed`,
      'install OSM, which brings it; then check: kubectl get crd egresses.policy.openservicemesh.io',
    ],
    [
      "OSM's, of another version",
      kinds.Egress,
      ['v1alpha2', 'v1'],
      `${egress}it serves policy.openservicemesh.io only as v1alpha2, v1`,
      'bring OSM on the cluster to v1.2',
    ],
    [
      'the one CRD of a group that is not there, though its version is',
      kinds.Egress,
      ['v1alpha2', 'v1alpha1'],
      `${egress}the CRD egresses.policy.openservicemesh.io is not installed`,
      'install OSM, which brings it; then check: kubectl get crd egresses.policy.openservicemesh.io',
    ],
    [
      "Istio's, where Istio is not installed",
      istioKinds.Gateway,
      [],
      `${gateway}the CRD gateways.networking.istio.io is not installed`,
      'install Istio, which brings it; then check: kubectl get crd gateways.networking.istio.io',
    ],
    [
      "Istio's, of another version",
      istioKinds.Gateway,
      ['v1beta1'],
      `${gateway}it serves networking.istio.io only as v1beta1`,
      'bring Istio on the cluster to 1.22 or newer',
    ],
    [
      "Kubernetes' own",
      kinds.Pod,
      [],
      'the cluster does not know the kind Pod (v1): this API is not there',
      'check that the kubeconfig\'s "server" is a Kubernetes API server, and its version',
    ],
  ];
  for (const [what, kind, served, message, hint] of cases) {
    it(what, () => {
      const error = new MissingKindError(kind, served);
      assert.deepEqual([error.message, error.hint, error.status], [message, hint, 404]);
      assert(!isNotFound(error), 'the object is not what is missing');
    });
  }
});

it('a refusal is known by its status', () => {
  const of = (status: number) => {
    const error = new ClusterError('refused', undefined, status);
    return [isNotFound(error), isForbidden(error), isConflict(error)];
  };
  assert.deepEqual([404, 403, 409, 500].map(of), [
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [false, false, false],
  ]);
  assert(!isConflict(Object.assign(new Error(), { status: 409 })), 'an error of the cluster only');
});
