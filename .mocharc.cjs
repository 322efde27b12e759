'use strict';

// The integration tests need a Kubernetes API server: they run where KUBEBUILDER_ASSETS says where its programs are. Others
// need a real Envoy: they run where OSM_TS_ENVOY names it, as `npm run test:envoy` does, or a Chromium,
// where OSM_TS_CHROMIUM names it, as `npm run test:browser` does.
const ignore = [
  ...(process.env.KUBEBUILDER_ASSETS ? [] : ['test/integration/**']),
  ...(process.env.OSM_TS_ENVOY ? [] : ['test/envoy/**']),
  ...(process.env.OSM_TS_CHROMIUM ? [] : ['test/browser/**']),
];

module.exports = {
  'node-option': ['import=tsx'],
  ignore,
  require: ['./test/support/build-first.ts', './test/support/seed.ts'],
  reporter: './test/reporter.ts',
  timeout: 20_000,
  // Each file in one of two processes.
  parallel: true,
  jobs: 2,
  'forbid-only': Boolean(process.env.CI),
};
