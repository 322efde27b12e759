import { Flags } from '@oclif/core';

import { hasScreen, openBrowser } from '../lib/cli/browser.js';
import { BaseCommand } from '../lib/command/base-command.js';
import { interruptible } from '../lib/command/interruptible.js';
import { requireSelfHosted } from '../lib/command/managed.js';
import { meshFlags } from '../lib/command/mesh-flags.js';
import { openCluster } from '../lib/input/connection.js';

export default class Dashboard extends BaseCommand {
  static override summary = 'Reach the Grafana of a mesh through a port of this machine';
  static override description =
    'Takes port 3000, or any that is free, and says which; Ctrl-C ends it. The browser is opened where there is a terminal and a screen. ' +
    'When the pod goes away, its successor is found for the next connection.';
  static override flags = {
    'local-port': Flags.integer({
      char: 'p',
      min: 0,
      max: 65_535,
      helpValue: 'PORT',
      description: 'Port of this machine; 0: any that is free',
    }),
    'remote-port': Flags.integer({
      char: 'r',
      min: 1,
      max: 65_535,
      default: 3000,
      helpValue: 'PORT',
      description: 'Port of Grafana in its pod',
    }),
    'open-browser': Flags.boolean({ char: 'b', description: 'Open the browser, or not', allowNo: true }),
    ...meshFlags,
  };
  static override examples = [
    '<%= config.bin %> dashboard',
    '<%= config.bin %> dashboard -p 8080 --open-browser=false',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(Dashboard);
    await requireSelfHosted('dashboard');
    const { kubeconfig, context, 'osm-namespace': namespace } = flags;
    const { forwardDashboard } = await import('../lib/mesh/dashboard.js');
    await interruptible(async (signal) => {
      const cluster = await openCluster({ kubeconfig, context }, this.report);
      await this.print('[+] Starting Dashboard forwarding');
      const request = { namespace, localPort: flags['local-port'], remotePort: flags['remote-port'] };
      const forward = await forwardDashboard(cluster, request, this.report, signal);
      const url = `http://localhost:${forward.localPort}`;
      this.report.note(`the dashboard is at ${url}, until Ctrl-C`);
      const asked = flags['open-browser'] as boolean | undefined;
      if (asked ?? (this.terminal !== undefined && hasScreen())) {
        await this.print(`[+] Issuing open browser ${url}`);
        if (!(await openBrowser(url))) this.report.warn('no browser could be opened');
      }
      await new Promise<void>((resolve) =>
        signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve()),
      );
      await forward.close();
    });
  }
}
