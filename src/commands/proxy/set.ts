import { ProxyCommand, proxyArgs } from '../../lib/command/proxy-command.js';

export default class ProxySet extends ProxyCommand {
  static override summary = 'Change something in the Envoy of a pod, such as its log level';
  static override description =
    'Sends a POST, as Envoy wants it for what changes something, and prints the answer. It is forgotten when the pod ends.';
  static override args = proxyArgs;
  static override examples = [
    '<%= config.bin %> proxy set logging?level=debug bookbuyer-0 -n bookbuyer',
    '<%= config.bin %> proxy set reset_counters deploy/bookbuyer -n bookbuyer',
    '<%= config.bin %> proxy set logging?level=info -l app=bookbuyer -n bookbuyer',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProxySet);
    await this.ask('set', args, flags);
  }
}
