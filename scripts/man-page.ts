import type { Command } from '@oclif/core';

import type { Manifest } from '../src/lib/cli/prepared-plugin.js';
import { usageLine } from '../src/lib/cli/usage.js';
import { exitCodeMeanings } from '../src/lib/errors.js';
import { readPackageJson } from './build/package.js';

const PROGRAM = 'osm-ts';

/** man/osm-ts.1: every command with its flags, in roff's man macros. */
export function manPage({ commands, version }: Manifest): string {
  const shown = Object.values(commands).filter(({ hidden }) => !hidden);
  const { description = '' } = readPackageJson();
  const lines = [
    '.\\" Made from the sources by npm run generate.',
    `.TH OSM-TS 1 "" "osm-ts ${version}" "User Commands"`,
    ...['.SH NAME', text(`${PROGRAM} - ${description}`)],
    ...['.SH SYNOPSIS', `.B ${PROGRAM}`, text('COMMAND [ARGUMENTS] [FLAGS]')],
    '.SH COMMANDS',
    ...shown.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodeMeanings).flatMap(([code, meaning]) => item(code, meaning)),
    '.SH ENVIRONMENT',
    ...item('KUBECONFIG', 'Files that say how to reach clusters, as for kubectl.'),
    ...item('OSM_NAMESPACE', 'Namespace of the control plane, where --osm-namespace does not say.'),
    ...item(
      'OSM_CONFIG',
      "The file that says what is known of the installation; osm's own, ~/.osm/config.yaml, where it is not set.",
    ),
    ...item('NO_COLOR', 'Set to anything: no colours.'),
    ...item('NODE_DISABLE_COMPILE_CACHE', 'Set to anything: neither compiled code nor TLS sessions are kept.'),
    '.SH FILES',
    ...item(
      '~/.cache/osm-ts',
      'Compiled code, and the latest TLS session with each API server, so that the next start is faster; below XDG_CACHE_HOME where that is set.',
    ),
    '.SH SEE ALSO',
    '.BR kubectl (1)',
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: Command.Cached): string[] {
  const { id, summary = '', description, flags, args } = command;
  const name = `${PROGRAM} ${id.replaceAll(':', ' ')}`;
  const render = (words: string): string =>
    words.replaceAll('<%= config.bin %>', PROGRAM).replaceAll('<%= command.id %>', id.replaceAll(':', ' '));
  const examples = (command.examples ?? []).map((one) => render(typeof one === 'string' ? one : one.command));
  return [
    `.SS ${quoted(name)}`,
    text(`${summary}.`),
    ...['.PP', '.nf', `.B ${text(usageLine(PROGRAM, command))}`, '.fi'],
    ...(description ? ['.PP', text(render(description))] : []),
    ...Object.values(args).flatMap((arg) => item(arg.name.toUpperCase(), arg.description)),
    ...Object.values(flags)
      .filter(({ hidden }) => !hidden)
      .flatMap((flag) => item(flagName(flag), flag.summary ?? flag.description)),
    ...(examples.length > 0 ? ['.PP', 'Examples:', '.PP', '.nf', '.RS', ...examples.map(text), '.RE', '.fi'] : []),
  ];
}

function flagName(flag: Command.Flag.Cached): string {
  const value = flag.type === 'option' ? `=${flag.options?.join('|') ?? flag.helpValue?.toString() ?? 'TEXT'}` : '';
  return `${flag.char ? `-${flag.char}, ` : ''}--${flag.name}${value}`;
}

/** A word and what it means, a paragraph with a hanging name. */
function item(name: string, meaning = ''): string[] {
  return ['.TP', `.B ${text(name)}`, text(meaning)];
}

/** Lines of text in which roff finds nothing to obey. */
function text(words: string): string {
  const escaped = words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha');
  const ascii = escaped.replaceAll(
    /\P{ASCII}/gu,
    (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
  );
  return ascii.replaceAll(/^[.']/gm, '\\&$&');
}

function quoted(words: string): string {
  return `"${text(words)}"`;
}
