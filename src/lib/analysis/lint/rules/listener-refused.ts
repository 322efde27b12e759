import { fieldsOfListenerRefusal } from '../../../simulator/envoy/refusal-fields.js';
import { ownOrFirst } from '../ports.js';
import { proxyRule } from '../rule.js';

/** Envoy refuses the listener, and with it all policies of the source. Egress semantics §4. */
export const listenerRefused = proxyRule({
  name: 'listener-refused',
  code: 'OSM-E001',
  level: 'error',
  makes: 'refused',
  find: ({ policy, simulation: { listenerRefusals } }) =>
    ownOrFirst(listenerRefusals, fieldsOfListenerRefusal, policy).map((refusal) => ({
      data: { refusal },
      at: fieldsOfListenerRefusal(refusal),
    })),
});
