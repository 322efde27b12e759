import { fieldsOfListenerRefusal } from '../../../simulator/data-plane.js';
import { portRule } from '../rule.js';

/** Envoy refuses the listener, and with it all policies of the source. Egress semantics §5. */
export const listenerRefused = portRule({
  name: 'listener-refused',
  code: 'OSM-E001',
  level: 'error',
  makes: 'refused',
  find: ({ policy, simulation: { listenerRefusals } }) => {
    const own = listenerRefusals.find((one) => fieldsOfListenerRefusal(one).some(({ object }) => object === policy));
    const refusal = own ?? listenerRefusals[0];
    return refusal ? [{ data: { refusal }, at: fieldsOfListenerRefusal(refusal) }] : [];
  },
});
