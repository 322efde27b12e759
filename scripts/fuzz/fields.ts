import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { diffLines } from 'diff';

import type { Chance } from './chance.js';
import { misshapen, spoiled } from './spoil.js';
import { answerTo, configDump, everything, kubeconfig, manifests, policyTest, targets } from './seeds.js';

/** One input of the fuzzer, as files that are written already and a command line that reads them. */
export interface Case {
  readonly args: readonly string[];
  /** What can be said of the files afterwards; undefined: all is well. */
  readonly judge?: () => string | undefined;
}

export type Field = (chance: Chance, folder: string) => Case;

const FROM = ['--from', 'curl/curl'];
const formats = [[], [], ['-o', 'json'], ['-o', 'yaml']];

export function offlineFields(): Record<string, Field> {
  const whole = manifests();
  return {
    manifests: (chance, folder) => {
      const file = join(folder, 'in.yaml');
      writeFileSync(file, spoiled(chance.oneOf(whole), chance));
      const question = chance.oneOf([
        ['explain', 'http://example.com/a1', ...FROM],
        ['explain', 'https://example.net', ...FROM, '--trace'],
        ['explain', 'http://web.curl/', ...FROM],
        ['list'],
        ['lint'],
        ['reach', ...FROM],
        ['allow', 'http://new.example.com/', ...FROM],
      ]);
      return { args: ['egress', ...question, '-f', file, ...printedAs(question[0]!, chance)] };
    },
    targets: (chance, folder) => {
      const [file, list] = [join(folder, 'in.yaml'), join(folder, 'targets')];
      writeFileSync(file, everything);
      const lines = Array.from({ length: 1 + chance.below(4) }, () => spoiled(chance.oneOf(targets), chance));
      writeFileSync(list, lines.join('\n'));
      return { args: ['egress', 'explain', ...FROM, '-f', file, '--targets', list, ...chance.oneOf(formats)] };
    },
    tests: (chance, folder) => {
      const file = join(folder, 'test.yaml');
      writeFileSync(join(folder, 'in.yaml'), everything);
      writeFileSync(file, spoiled(policyTest, chance));
      const more = chance.oneOf([[], ['--coverage'], ['-o', 'json'], ['-o', 'junit'], ['-o', 'tap'], ['-o', 'sarif']]);
      return { args: ['egress', 'test', file, ...more] };
    },
    dumps: (chance, folder) => {
      const [file, dump] = [join(folder, 'in.yaml'), join(folder, 'dump.json')];
      writeFileSync(file, everything);
      const held = configDump();
      const text = chance.below(3) === 0 ? spoiled(held, chance) : JSON.stringify(misshapen(JSON.parse(held), chance));
      writeFileSync(dump, text);
      const asked = chance.oneOf([
        ['explain', 'http://httpbin.org/get', '--config-dump', dump],
        ['explain', 'https://httpbin.org/', 'tcp://192.0.2.1:443', '--config-dump', dump, '-f', file],
        ['envoy', '--diff', dump, '-f', file, '--from', 'curl/curl'],
      ]);
      return { args: ['egress', ...asked, ...chance.oneOf(formats)] };
    },
    edits: (chance, folder) => {
      const file = join(folder, 'in.yaml');
      const before = chance.below(2) === 0 ? everything : spoiled(chance.oneOf(whole), chance);
      writeFileSync(file, before);
      const host = chance.oneOf(['new.example.com', 'example.com', 'example.net', '192.0.2.9']);
      const target = chance.oneOf([`http://${host}/`, `https://${host}/`, `tcp://${host}:5432`, `http://${host}/b`]);
      const more = chance.oneOf([[], [], ['--exact'], ['--policy', 'curl/web'], ['--name', 'fresh']]);
      return {
        args: ['egress', 'allow', target, ...FROM, '-f', file, '--write', ...more],
        judge: () => otherLines(before, readFileSync(file, 'utf8')),
      };
    },
  };
}

function printedAs(command: string, chance: Chance): readonly string[] {
  if (command === 'reach') return chance.oneOf([[], ['-o', 'json'], ['-o', 'csv'], ['-o', 'markdown']]);
  if (command === 'lint') return chance.oneOf([[], ['-o', 'json'], ['-o', 'sarif'], ['-o', 'github'], ['-o', 'junit']]);
  return chance.oneOf(formats);
}

/** One change touches some lines of one object; comments on them stay. */
const LINES_OF_A_CHANGE = 12;

function otherLines(before: string, after: string): string | undefined {
  const parts = diffLines(before, after);
  const removed = parts.filter((part) => part.removed).flatMap(({ value }) => value.split('\n').filter(Boolean));
  if (removed.length > LINES_OF_A_CHANGE) return `${removed.length} lines are gone`;
  const comments = removed.flatMap((line) => /\s#.*$/.exec(line)?.[0].trim() ?? []);
  const gone = comments.find((comment) => !after.includes(comment));
  return gone === undefined ? undefined : `a comment is gone: ${gone}`;
}

export interface FuzzServer {
  readonly fields: Record<string, Field>;
  close(): void;
}

/** Kubeconfigs that are spoiled, and a server whose answers are. */
export async function startServer(): Promise<FuzzServer> {
  let answers: Chance | undefined;
  const server: Server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json');
    const right = answerTo(url);
    if (!answers || answers.below(3) > 0) return void response.end(JSON.stringify(right));
    response.statusCode = answers.oneOf([200, 200, 200, 200, 201, 302, 400, 403, 404, 409, 410, 422, 429, 500, 503]);
    const body = JSON.stringify(misshapen(right, answers));
    response.end(answers.below(3) === 0 ? spoiled(body, answers) : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const questions = [
    ['egress', 'list', '-A'],
    ['egress', 'get', 'a', '-n', 'curl', '-o', 'yaml'],
    ['egress', 'explain', 'http://example.com/', ...FROM],
    ['egress', 'explain', 'http://web.curl/', ...FROM],
    ['egress', 'reach', ...FROM],
    ['meshconfig', 'get'],
    ['meshconfig', 'set', 'traffic.outboundPortExclusionList+=80'],
    ['namespace', 'list'],
    ['egress', 'delete', 'a', '-n', 'curl', '--yes'],
  ];
  const asked = (chance: Chance, file: string) => [...chance.oneOf(questions), '--kubeconfig', file];
  return {
    fields: {
      kubeconfigs: (chance, folder) => {
        answers = undefined;
        const file = join(folder, 'config');
        writeFileSync(file, spoiled(kubeconfig(address), chance));
        return { args: asked(chance, file) };
      },
      answers: (chance, folder) => {
        answers = chance;
        const file = join(folder, 'config');
        writeFileSync(file, kubeconfig(address));
        return { args: asked(chance, file) };
      },
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
