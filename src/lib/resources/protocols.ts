/** What a port of an Egress policy can be; the control plane knows no other, and only in lower case. Egress semantics §3.2. */
export const egressProtocols = ['http', 'https', 'tcp', 'tcp-server-first'] as const;
export type EgressProtocol = (typeof egressProtocols)[number];

/** Is this, as it is written, a protocol of Egress policies? */
export function isEgressProtocol(word: string): word is EgressProtocol {
  return (egressProtocols as readonly string[]).includes(word);
}

/**
 * Services whose server speaks first, by port: with `tcp` their clients wait for protocol detection. Egress semantics §5 and §6. Clients of
 * SSH, PostgreSQL and MongoDB speak at once, so that they do not wait.
 */
export const serverFirstPorts: ReadonlyMap<number, string> = new Map([
  [21, 'FTP'],
  [25, 'SMTP'],
  [110, 'POP3'],
  [143, 'IMAP'],
  [587, 'SMTP'],
  [2525, 'SMTP'],
  [3306, 'MySQL'],
  [4222, 'NATS'],
]);
