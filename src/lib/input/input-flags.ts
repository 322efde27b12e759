import { quoteShellWord } from '../text/shell.js';
import type { WorldInputOptions } from './world-input.js';

/** The flags that decide what a question is asked about. */
export type InputFlags = Omit<WorldInputOptions, 'verbose' | 'stdinTaken' | 'onProgress'>;

/** The flags that say where policies come from and what names mean, quoted for a shell, so that another command sees the same. */
export function inputFlagsText(options: InputFlags): string {
  const words: string[] = [];
  const add = (flag: string, value: string | undefined) => {
    if (value !== undefined) words.push(flag, quoteShellWord(value));
  };
  const other = (value: string, usual: string) => (value === usual ? undefined : value);
  for (const filename of options.filename ?? []) add('-f', filename);
  if (options.recursive) words.push('-R');
  if (options.live) words.push('--live');
  add('--hosts', options.hosts);
  if (options.dns) words.push('--dns');
  add('--mesh-name', other(options['mesh-name'], 'osm'));
  add('--osm-namespace', other(options['osm-namespace'], 'osm-system'));
  add('--kubeconfig', options.kubeconfig);
  add('--context', options.context);
  return words.join(' ');
}
