import { UsageError } from '../errors.js';
import { environmentFile, readInstallation } from '../input/environment.js';

/**
 * Some commands are for those who look after the control plane themselves (osm-cli §1.1).
 * @param command its words
 * @throws UsageError where the environment file says that somebody else does; InputError when it cannot be read
 */
export async function requireSelfHosted(command: string): Promise<void> {
  const { kind } = await readInstallation(process.env);
  if (kind !== 'managed') return;
  throw new UsageError(
    `osm-ts ${command} is not for a managed environment, whose control plane somebody else looks after`,
    `if that is wrong, change install.kind in ${environmentFile(process.env) ?? '~/.osm/config.yaml'}`,
  );
}
