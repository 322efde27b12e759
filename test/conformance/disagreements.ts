/**
 * Recorded probes with which the simulator does not agree, each with a proof that the recording is at fault, or says less than
 * the verdict. The proof is checked, and an entry that agrees after all fails.
 */
export interface Disagreement {
  readonly world: string;
  readonly target: string;
  readonly why: string;
  readonly proof:
    /** The verdict is *unpredictable*, and what was recorded is one of its alternatives: one draw of several. */
    | { readonly kind: 'one-draw' }
    /** The recorder took the probe to be unpredictable, and saw nothing in all its runs but what the verdict says. */
    | { readonly kind: 'always-seen' }
    /** Another recording of the same filter chain, or of one of the same make, which cannot tell the two requests apart. */
    | { readonly kind: 'twin'; readonly world?: string; readonly target: string };
}

const CLOSED_FAR_SIDE =
  'the far side of the mesh does not exist in the recording and closes; whether the line of the access log that tells the cluster was found in time is left to chance';
const SERVER_ANSWERED =
  'the 400 is not from Envoy: the server behind the chain answered it, once; the chain passes the same bytes on elsewhere';
const BEFORE_IPV6_RANGES =
  'taken to be unpredictable as if the IPv4-mapped range of e2 did not parse (range-mapped-96 shows that it does)';

export const disagreements: readonly Disagreement[] = [
  ...[
    'curl https://example.com/',
    'tcp://httpbin.org:443',
    'tcp://example.com:443',
    'curl --resolve example.com:443:192.0.2.10 https://example.com/',
    'curl https://192.0.2.10/',
    'tcp://other.test:443',
  ].map((target) => ({
    world: 'cidr-24',
    target,
    why: BEFORE_IPV6_RANGES,
    proof: { kind: 'always-seen' } as const,
  })),
  {
    world: 'curl-203',
    target: 'curl -g --request-target get http://HTTPBIN.org/%00',
    why: SERVER_ANSWERED,
    proof: { kind: 'twin', target: 'curl -g http://httpbin.org' },
  },
  {
    world: 'curl-210',
    target: 'curl --path-as-is -G -d a=b http://httpbin.org:8080/%zz',
    why: SERVER_ANSWERED,
    proof: { kind: 'twin', target: 'curl --path-as-is -g http://httpbin.org:8080/a%20b' },
  },
  {
    world: 'curl-224',
    target: 'curl --path-as-is -g http://httpbin.org/get%',
    why: SERVER_ANSWERED,
    proof: { kind: 'twin', target: "curl --path-as-is 'http://httpbin.org/*'" },
  },
  {
    world: 'curl-279',
    target: "curl -X OPTIONS --haproxy-protocol 'http://httpbin.org:8080/get?q=%20'",
    why: SERVER_ANSWERED,
    proof: { kind: 'twin', target: "curl -g --fail 'http://httpbin.org:8080?x=1'" },
  },
  {
    world: 'mesh-50',
    target: 'curl https://203.0.113.202:80/',
    why: CLOSED_FAR_SIDE,
    proof: { kind: 'twin', target: "curl -H 'Host: b3.curl.svc' http://203.0.113.202/x" },
  },
  {
    world: 'mesh-101',
    target: "curl -H 'Host: mysql.shop.svc.cluster.local:80' http://203.0.113.220/x",
    why: CLOSED_FAR_SIDE,
    proof: { kind: 'twin', target: "curl -H 'Host: MYSQL.shop:80' http://203.0.113.220/x" },
  },
  ...[
    "curl -H 'Host: B1.shop:443' http://203.0.113.201:443/x",
    "curl -H 'Host: b1.shop.svc:443' http://203.0.113.201:443/x",
    'tcp://203.0.113.201:443',
  ].map((target) => ({
    world: 'mesh-108',
    target,
    why: 'one start of the controller with two TrafficSplits of one root, of which it takes one',
    proof: { kind: 'one-draw' } as const,
  })),
  {
    world: 'mesh-117',
    target: 'tcp://203.0.113.201:8080',
    why: CLOSED_FAR_SIDE,
    proof: { kind: 'twin', target: "curl -H 'Host: b1.shop.svc' http://203.0.113.201:8080/x" },
  },
  {
    world: 'mesh-194',
    target: 'curl http://203.0.113.200/x',
    why: CLOSED_FAR_SIDE,
    proof: { kind: 'twin', target: 'tcp://203.0.113.200:80' },
  },
  {
    world: 'mesh-312',
    target: "curl -H 'Host: mysql.shop.svc.cluster:3306' http://203.0.113.200:3306/x",
    why: CLOSED_FAR_SIDE,
    proof: { kind: 'twin', target: "curl -H 'Host: mysql.shop.svc.cluster' http://203.0.113.200:3306/x" },
  },
  {
    world: 'meshs-184',
    target: 'tcp://203.0.113.200:8080',
    why: CLOSED_FAR_SIDE,
    proof: { kind: 'twin', target: 'curl http://203.0.113.200:8080/x' },
  },
  {
    world: 'mix-89',
    target: 'curl https://203.0.113.200:3306/',
    why: CLOSED_FAR_SIDE,
    proof: { kind: 'twin', world: 'mesh-312', target: 'curl https://203.0.113.200:3306/' },
  },
  {
    world: 'mix-187',
    target: "curl 'https://www.example.com/get?x=1'",
    why: 'the client was reset before it read the 400 that an HTTP chain answers to TLS: curl exits with 35 either way',
    proof: { kind: 'twin', world: 'mix-89', target: 'curl https://example.com/a' },
  },
  {
    world: 'mix-309',
    target: "curl -H 'Host: b1.curl.svc' http://203.0.113.201:443/x",
    why: 'routes of another port are refused in the same update, as for the other probes of this world',
    proof: { kind: 'one-draw' },
  },
  {
    world: 'named-new-split-http-two',
    target: "curl -H 'Host: root.shop' http://203.0.113.200/",
    why: 'one draw by weight; the third probe of this world, which is routed alike, saw both backends',
    proof: { kind: 'one-draw' },
  },
  {
    world: 'uts-79',
    target: 'tcp://httpbin.org:3306',
    why: 'one start of the controller with two policies that share a cluster, of which one limits it',
    proof: { kind: 'one-draw' },
  },
];
