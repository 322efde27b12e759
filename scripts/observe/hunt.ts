import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toYaml } from '../../src/lib/output/document.js';
import type { EnvoySettings } from './envoy-files.js';
import type { Question } from './experiment.js';
import { Lab } from './lab.js';
import { shrunk } from './random.js';
import { study, type Finding } from './study.js';

export interface HuntOptions {
  /** Path of the binary. */
  readonly envoy: string;
  readonly settings: EnvoySettings;
  /** Names the worlds, in what is said and in names of files. */
  readonly name: string;
  readonly questionAt: (number: number) => Question;
  readonly count: number;
  /** Number of the first world. */
  readonly start: number;
  /** Worlds at the same time, each in namespaces of its own. */
  readonly jobs: number;
  /** Where worlds go that disagree. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

const SHRINKING_TRIES = 150;

/**
 * Looks for worlds of which the simulator says something else than reality shows, and writes each as small as it can be made.
 * @returns how many worlds disagree
 */
export async function hunt(options: HuntOptions): Promise<number> {
  const { count, name, start, jobs, say } = options;
  const counts = { worlds: 0, agree: 0, DISAGREE: 0, unjudged: 0 };
  let disagreeing = 0;
  const numbers = Array.from({ length: count }, (_, index) => start + index).values();
  const work = async (): Promise<void> => {
    const lab = await Lab.open(options.envoy);
    try {
      for (const number of numbers) {
        const question = options.questionAt(number);
        const { findings } = await study(lab, question, options.settings);
        counts.worlds++;
        for (const { judgement } of findings) counts[judgement]++;
        const found = findings.filter(({ judgement }) => judgement === 'DISAGREE');
        if (found.length > 0) {
          disagreeing++;
          await write(lab, question, number, found, options);
        }
        if (counts.worlds % 100 === 0) say(`${counts.worlds} of ${count} worlds, ${disagreeing} disagree`);
      }
    } finally {
      await lab.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, count) }, work));
  const { worlds, agree, DISAGREE, unjudged } = counts;
  say(
    `${name}: ${worlds} worlds, ${agree} findings agree, ${DISAGREE} disagree in ${disagreeing} worlds, ${unjudged} not judged`,
  );
  return disagreeing;
}

async function write(
  lab: Lab,
  question: Question,
  number: number,
  found: readonly Finding[],
  { settings, folder, name, say }: HuntOptions,
): Promise<void> {
  const [first] = found as [Finding];
  say(`DISAGREE world ${number}, ${first.about}: predicted ${first.predicted}, seen ${first.seen}`);
  const isTarget = question.targets.includes(first.about);
  const narrowed = isTarget ? { ...question, targets: [first.about] } : { ...question, targets: [] };
  let last = first;
  const stillDisagrees = async (smaller: Question): Promise<boolean> => {
    const { findings } = await study(lab, smaller, settings);
    const again = findings.find(({ about, judgement }) => about === first.about && judgement === 'DISAGREE');
    if (again) last = again;
    return again !== undefined;
  };
  const small = (await stillDisagrees(narrowed)) ? await shrunk(narrowed, stillDisagrees, SHRINKING_TRIES) : question;
  const documents = await Promise.all(small.resources.map(toYaml));
  const head = [`${name}, world ${number}`, first.about, `predicted ${last.predicted}`, `seen      ${last.seen}`];
  const base = `world-${name.replace(/\W+/g, '-')}-${number}`;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${base}.yaml`);
  writeFileSync(file, `${head.map((line) => `# ${line}\n`).join('')}${documents.join('---\n')}`);
  const before = small.since && join(folder, `${base}-before.yaml`);
  if (before) writeFileSync(before, (await Promise.all(small.since.map(toYaml))).join('---\n'));
  say(`  written to ${file}${before ? ` and ${before}` : ''}`);
}
