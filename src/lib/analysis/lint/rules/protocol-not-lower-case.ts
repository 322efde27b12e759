import { noticeRule } from '../rule.js';

/** Filter chains are programmed for the exact words only. Egress semantics §3.2. */
export const protocolNotLowerCase = noticeRule(
  { name: 'protocol-not-lower-case', code: 'OSM-E009', level: 'error', makes: 'ignored' },
  ({ policy, notice: { at } }) => {
    const { protocol } = policy.spec.ports[Number(at.path[2])]!;
    return { fix: [{ op: 'set', path: [...at.path, 'protocol'], value: protocol.toLowerCase() }] };
  },
);
