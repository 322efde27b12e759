/** Sampling of the requests that policies tell apart. */
export { samplesOf } from './regex-samples.js';
export { requestKey, sampleRequests, type SampleOptions } from './sample.js';
export { sourcesOf } from './sources.js';
export { httpTarget, tcpTarget, tlsTarget, type HttpProbe, type TcpProbe, type TlsProbe } from './targets.js';
