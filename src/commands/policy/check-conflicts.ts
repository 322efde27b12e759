import { Args, Flags } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { filenameFlags, meshNameFlag, outputFlag } from '../../lib/command/flags.js';
import { meshFlags } from '../../lib/command/mesh-flags.js';
import { flagReader } from '../../lib/command/reading.js';
import { inputOf } from '../../lib/command/world-flags.js';
import { everyItem, parseNamespace } from '../../lib/command/words/names.js';
import { ExitCode } from '../../lib/errors.js';

export default class PolicyCheckConflicts extends BaseCommand {
  static override summary = 'Find policies that conflict with each other';
  static override description =
    'IngressBackends conflict when they name the same port of the same service. Egress policies conflict when Envoy refuses what they ' +
    'make together, or takes one of them by chance; egress lint tells the rest of what may be wrong with them.';
  static override args = {
    resource_kind: Args.string({ required: true, description: 'IngressBackend or Egress' }),
  };
  static override flags = {
    ...outputFlag(['json', 'yaml']),
    namespaces: Flags.custom<string[]>({
      parse: flagReader(everyItem(parseNamespace)),
      char: 'n',
      aliases: ['namespace'],
      helpValue: 'NAMESPACE',
      description: "Namespaces to look at, each by itself; the context's if not given",
    })({ multiple: true, multipleNonGreedy: true }),
    ...filenameFlags,
    ...meshNameFlag,
    ...meshFlags,
  };
  static override examples = [
    '<%= config.bin %> policy check-conflicts IngressBackend -n bookstore',
    '<%= config.bin %> policy check-conflicts Egress -f examples/http',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PolicyCheckConflicts);
    const { checkConflicts, parseConflictKind } = await import('../../lib/egress/conflicts.js');
    const { printConflicts } = await import('../../lib/output/conflicts.js');
    const kind = parseConflictKind(args.resource_kind);
    const check = await checkConflicts(kind, (flags.namespaces ?? []).flat(), inputOf(flags), this.report);
    await printConflicts(check, flags.output);
    if (check.conflicts.length > 0) this.exitWith(ExitCode.no);
    else if (check.uncertain) this.exitWith(ExitCode.unknown);
  }
}
