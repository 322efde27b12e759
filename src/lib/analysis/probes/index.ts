/** Sampling of the requests that policies tell apart. */
export { samplesOf } from './regex-samples.js';
export { requestKey, sampleRequests } from './sample.js';
export { sourcesOf } from './sources.js';
