import { Flags } from '@oclif/core';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BaseCommand } from '../../lib/command/base-command.js';
import { globalFlags } from '../../lib/command/flags.js';
import { interruptible } from '../../lib/command/interruptible.js';
import { meshFlags } from '../../lib/command/mesh-flags.js';
import { reportFlags } from '../../lib/command/report-flags.js';
import { openCluster } from '../../lib/input/connection.js';
import { printBugReport, reportTeller } from '../../lib/output/bug-report.js';

export default class SupportBugReport extends BaseCommand {
  static override summary = 'Collect what helps with trouble into an archive';
  static override description =
    'Logs of the control plane, and of sidecars with what they say of themselves, events, and the objects that decide about egress: -f ' +
    'takes the archive in the place of the cluster. Secrets are left out, and what looks like one is taken out; look through it all the same.';
  static override baseFlags = globalFlags;
  static override flags = {
    ...reportFlags,
    'out-file': Flags.string({
      char: 'o',
      helpValue: 'FILE',
      description: 'Where the archive goes, as .tar.gz or .tgz; to the folder for temporary files if not given',
    }),
    ...meshFlags,
  };
  static override examples = [
    '<%= config.bin %> support bug-report --app-pods bookbuyer/bookbuyer-0 -o report.tar.gz',
    '<%= config.bin %> support bug-report --all',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(SupportBugReport);
    const { kubeconfig, context, all, ingress, 'osm-namespace': osmNamespace } = flags;
    const file = flags['out-file'] ?? join(tmpdir(), `${randomBytes(6).toString('hex')}_osm-bug-report.tar.gz`);
    const { version } = this.config;
    const named = {
      namespaces: (flags['app-namespaces'] ?? []).flat(),
      pods: (flags['app-pods'] ?? []).flat(),
      deployments: (flags['app-deployments'] ?? []).flat(),
    };
    const { reportBug } = await import('../../lib/mesh/report/report.js');
    const { report } = this;
    await interruptible(async (signal) => {
      const cluster = await openCluster({ kubeconfig, context, signal }, report);
      const request = { ...named, all, ingress, osmNamespace, file, version };
      const found = await reportBug(cluster, request, { tell: reportTeller, report, signal });
      await printBugReport(found, report);
    });
  }
}
