import { ProxyCommand, proxyArgs } from '../../lib/command/proxy-command.js';

export default class ProxyGet extends ProxyCommand {
  static override summary = 'Ask the Envoy of a pod';
  static override description =
    "The answer is Envoy's, byte for byte; what Envoy refuses is an error. With -o json Envoy is asked for JSON where it has it.";
  static override args = proxyArgs;
  static override examples = [
    '<%= config.bin %> proxy get config_dump bookbuyer-0 -n bookbuyer',
    '<%= config.bin %> proxy get clusters deploy/bookbuyer -n bookbuyer -o json',
    '<%= config.bin %> proxy get config_dump?include_eds bookbuyer-0 -n bookbuyer -f dump.json',
    '<%= config.bin %> proxy get clusters -l app=bookbuyer -n bookbuyer',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProxyGet);
    await this.ask('get', args, flags);
  }
}
