/**
 * The only file that imports `@kubernetes/client-node`: loading it costs half a second unbundled (toolchain §2.5), so it
 * is imported dynamically, and what is needed of it is kept to this list.
 */
export { Exec, KubeConfig } from '@kubernetes/client-node';
