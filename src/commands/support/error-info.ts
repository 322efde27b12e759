import { Args } from '@oclif/core';

import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag, unusedOsmNamespaceFlag } from '../../lib/command/flags.js';

export default class SupportErrorInfo extends BaseCommand {
  static override summary = "Tell what error codes in the control plane's logs mean";
  static override description =
    'The control plane of OSM v1.2 logs them as error_code, and counts them as osm_error_err_code_count. All are listed without CODE.';
  static override args = { code: Args.string({ description: 'One code: E1000, or 1000' }) };
  static override flags = { ...outputFlag(['json', 'yaml']), ...unusedOsmNamespaceFlag };
  static override examples = [
    '<%= config.bin %> support error-info E2004',
    '<%= config.bin %> support error-info -o json',
  ];
  static override exitCodes = [0, 2, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SupportErrorInfo);
    const { errorCodes, findErrorCode } = await import('../../lib/mesh/error-codes.js');
    const { printErrorCodes } = await import('../../lib/output/error-codes.js');
    await printErrorCodes(args.code === undefined ? errorCodes : [findErrorCode(args.code)], flags.output);
  }
}
