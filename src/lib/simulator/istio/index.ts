/** What is loaded when Istio is asked about, and not before. */
export { istioSimulations, simulateIstio } from './simulation.js';
export { createIstioWorld } from './world.js';
