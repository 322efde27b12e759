/** Recordings of conformance/re2.json that are not what Envoy does, each with its proof. The aim is to have none. */
export interface Disagreement {
  readonly pattern: string;
  readonly proof: string;
}

export const disagreements: readonly Disagreement[] = [
  {
    pattern: '/😀',
    proof:
      'The recorder wrote its configuration as JSON with the escapes \\ud83d\\ude00, which the YAML reader of Envoy refuses ' +
      '("yaml-cpp: error at line 1, column 592: invalid unicode: 55357"), so RE2 never saw the pattern. Envoy 1.36.4 with ' +
      'the same route written as plain UTF-8 (`envoy --mode validate`) accepts it, with a program size of 9. OSM sends ' +
      'routes as protobuf, where the question does not arise.',
  },
];
