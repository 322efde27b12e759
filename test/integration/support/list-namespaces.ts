/** A program that speaks to the cluster of KUBECONFIG: says `ready`, then lists the namespaces. */
import { connect } from '../../../src/lib/cluster/index.js';
import { kinds } from '../../../src/lib/resources/kinds.js';

const cluster = await connect({});
process.stdout.write('ready\n');
await cluster.list(kinds.Namespace);
