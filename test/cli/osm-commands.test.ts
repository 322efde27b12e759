import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assertFits } from '../support/schema.js';
import { runWarm } from '../support/run-cli.js';

interface Codes {
  readonly items: readonly { readonly code: string; readonly symbol: string; readonly onMain: string | null }[];
}

describe('support error-info', () => {
  const info = (...words: string[]) => runWarm(['support', 'error-info', ...words]);

  it('lists every code of OSM v1.2, in order', async () => {
    const { stdout, code } = await info('-o', 'json');
    const document = JSON.parse(stdout) as Codes;
    assertFits(document, 'error-code-list');
    const codes = document.items.map((item) => item.code);
    assert.equal(code, 0);
    assert.deepEqual([codes.length, codes[0], codes.at(-1)], [96, 'E1000', 'E7005']);
    assert.deepEqual([...new Set(codes)].sort(), codes);
    assert.equal(new Set(document.items.map(({ symbol }) => symbol)).size, 96);
    const ranges = codes.reduce<Record<string, number>>((count, each) => {
      const area = each.slice(0, 3);
      return { ...count, [area]: (count[area] ?? 0) + 1 };
    }, {});
    assert.deepEqual(ranges, { E10: 6, E20: 12, E30: 3, E40: 17, E41: 5, E50: 28, E61: 15, E67: 4, E70: 6 });
  });

  it('knows what became of a code on the main branch', async () => {
    const { items } = JSON.parse((await info('-o', 'json')).stdout) as Codes;
    const onMain = new Map(items.map((item) => [item.code, item.onMain]));
    assert.deepEqual(
      ['E4003', 'E4004', 'E4016', 'E4100', 'E4153'].map((code) => onMain.get(code)),
      ['E4003', 'E4005', 'E4017', 'E4100', null],
    );
    assert.match((await info('E4017')).stderr, /what v1\.2 calls E4016\n$/);
  });

  it('frames every row alike, 80 columns wide, one code as all', async () => {
    const all = (await info()).stdout;
    const one = (await info('E2004')).stdout;
    for (const line of all.trimEnd().split('\n')) assert.match(line, /^[+|].{78}[+|]$/);
    const [rule, head, , ...row] = one.trimEnd().split('\n');
    assert.equal(head, `| ERROR CODE | ${' '.repeat(26)}DESCRIPTION${' '.repeat(26)} |`);
    assert.ok(all.startsWith(`${rule}\n${head}\n${rule}\n| E1000      | `));
    assert.ok(all.includes(`${rule}\n${row.join('\n')}\n`));
    for (const word of ['e2004', '2004', ' E2004 ']) assert.equal((await info(word)).stdout, one, word);
  });

  it('refuses what is no code', async () => {
    for (const word of ['Foo', 'EE1000', '', 'E1.0', 'E9999', '99999999999999999999']) {
      const { stdout, stderr, code } = await info(word);
      assert.deepEqual([stdout, code], ['', 2], word);
      assert.match(stderr, /^error: error code ".*" is not a valid error code .+\n {2}hint: ./, word);
    }
  });
});

describe('env', () => {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-env-'));
  after(() => rmSync(folder, { recursive: true }));

  const file = (text: string): string => {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, text);
    return path;
  };
  const namespaceWith = async (text: string, ...words: string[]): Promise<string> => {
    const { stdout } = await runWarm(['env', '-o', 'json', ...words], { env: { OSM_CONFIG: file(text) } });
    const document = JSON.parse(stdout) as { install: { namespace: string }; file: string | null };
    assertFits(document, 'environment');
    assert.equal(document.file, join(folder, 'config.yaml'));
    return document.install.namespace;
  };

  it('merges the file with what is usual, and the flag and the variable win', async () => {
    assert.equal(await namespaceWith('install: {namespace: mesh}'), 'mesh');
    assert.equal(await namespaceWith('install: {kind: managed}'), 'osm-system');
    for (const text of ['', 'install:\n', '{}\n', 'other: 1\n']) {
      assert.equal(await namespaceWith(text), 'osm-system', text);
    }
    assert.equal(await namespaceWith('install: {namespace: mesh}', '--osm-namespace', 'q'), 'q');
    const env = { OSM_CONFIG: file('install: {namespace: mesh}'), OSM_NAMESPACE: 'var' };
    assert.match((await runWarm(['env'], { env })).stdout, /^ {2}namespace: var$/m);
  });

  it('takes scalars as they are written, and the first document', async () => {
    const fields = async (text: string): Promise<string> =>
      (await runWarm(['env'], { env: { OSM_CONFIG: file(text) } })).stdout;
    const told = (distribution: string, namespace: string): string =>
      `--- \ninstall:\n  kind: self-hosted\n  distribution: ${distribution}\n  namespace: ${namespace}\n\n`;
    assert.equal(await fields('install: {distribution: 1.0, namespace: 5}'), told('"1.0"', '"5"'));
    assert.equal(await fields('install: {distribution: yes, namespace: ~, kind: null}'), told('"yes"', 'osm-system'));
    assert.equal(await fields('install: {namespace: x}\n---\ninstall: {namespace: y}\n'), told('""', 'x'));
    assert.equal(await fields('---\ninstall: {namespace: x}\n--- \n- [\n'), told('""', 'x'));
  });

  it('decides where every other command looks for the control plane', async () => {
    const config =
      'apiVersion: config.openservicemesh.io/v1alpha2\nkind: MeshConfig\nmetadata: {name: osm-mesh-config, namespace: mesh}\nspec: {featureFlags: {enableEgressPolicy: false}}\n';
    const path = join(folder, 'mesh.yaml');
    writeFileSync(path, config);
    const ask = ['egress', 'explain', 'http://a.org/', '--from', 'a/b', '-f', path];
    const found = await runWarm(ask, { env: { OSM_CONFIG: file('install: {namespace: mesh}') } });
    const named = await runWarm([...ask, '--osm-namespace', 'mesh']);
    const usual = await runWarm(ask);
    assert.equal(found.stdout, named.stdout);
    assert.notEqual(found.stdout, usual.stdout);
  });

  it('says where a file is wrong', async () => {
    const broken = [
      ['install: [\n', /config\.yaml:\d+:\d+: /],
      ['- a\n', /must hold install/],
      ['install: 1\n', /must hold install/],
      ['install: {namespace: [a]}\n', /install\.namespace must be text/],
      ['install: {distribution: {}}\n', /install\.distribution must be text/],
      ['install: {namespace: A_B}\n', /install\.namespace cannot be the name of a namespace/],
    ] as const;
    for (const [text, message] of broken) {
      const { stdout, stderr, code } = await runWarm(['env'], { env: { OSM_CONFIG: file(text) } });
      assert.deepEqual([stdout, code], ['', 2], text);
      assert.match(stderr, message);
    }
    const quoted = { n: '"n"', 'AKS 1': 'AKS 1', 'AKS: 1': "'AKS: 1'", "it's #1": "'it''s #1'", '12': '"12"' };
    for (const [distribution, text] of Object.entries(quoted)) {
      const env = { OSM_CONFIG: file(`install: {distribution: ${JSON.stringify(distribution)}}`) };
      assert.ok((await runWarm(['env'], { env })).stdout.includes(`\n  distribution: ${text}\n`), distribution);
    }
    const lines = await runWarm(['env'], { env: { OSM_CONFIG: file('install: {distribution: "a\\nb"}') } });
    assert.ok(lines.stdout.includes('\n  distribution: |-\n    a\n    b\n  namespace: '), lines.stdout);
    const { stdout } = await runWarm(['env'], { env: { OSM_CONFIG: '' } });
    assert.equal(stdout, '--- \ninstall:\n  kind: self-hosted\n  distribution: ""\n  namespace: osm-system\n\n');
  });
});

describe('version', () => {
  it('looks for no cluster where nothing names one', async () => {
    const { stdout, code } = await runWarm(['version', '-o', 'json']);
    const document = JSON.parse(stdout) as object;
    assertFits(document, 'version');
    assert.deepEqual([Object.keys(document), code], [['apiVersion', 'kind', 'client'], 0]);
    const env = { KUBECONFIG: '/nonexistent/config' };
    assert.equal((await runWarm(['version', '--client-only'], { env })).code, 0);
    const asked = await runWarm(['version'], { env });
    assert.match(asked.stdout, /^osm-ts \d/);
    assert.notEqual(asked.code, 0);
    assert.notEqual(asked.stderr, '');
  });
});

describe('policy check-conflicts Egress', () => {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-conflicts-'));
  after(() => rmSync(folder, { recursive: true }));

  /** Two policies with the same ranges on one port: Envoy refuses the listener. */
  const policy = (name: string, namespace: string, ranges: string): string =>
    JSON.stringify({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name, namespace },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'a', namespace: 'web' }],
        ipAddresses: [ranges, '198.51.100.0/24'],
        ports: [{ number: 5432, protocol: 'tcp' }],
      },
    });

  it('answers by what Envoy refuses', async () => {
    const path = join(folder, 'p.yaml');
    const check = (...words: string[]) => runWarm(['policy', 'check-conflicts', 'egress', '-f', path, ...words]);
    writeFileSync(path, [policy('x', 'web', '192.0.2.0/24'), policy('y', 'web', '203.0.113.0/24')].join('\n---\n'));
    const text = await check();
    assert.equal(text.code, 1, text.stderr);
    assert.match(text.stdout, /^\[\+\] Egress web\/x conflicts with web\/y:\n.*Envoy refuses.* \(OSM-E\d{3}\)\n\n/);
    const json = await check('-o', 'json');
    const document = JSON.parse(json.stdout) as { conflicts: { objects: string[] }[]; namespaces: string[] };
    assertFits(document, 'conflict-check');
    assert.deepEqual([document.conflicts[0]?.objects, document.namespaces], [['web/x', 'web/y'], ['web']]);
    assert.match((await check('-n', 'other')).stdout, /^No conflicts among Egress resources in namespace other\n$/);
    writeFileSync(path, policy('x', 'web', '192.0.2.0/24'));
    const alone = await check();
    assert.deepEqual([alone.stdout, alone.code], ['No conflicts among Egress resources in namespace web\n', 0]);
  });

  it('reads IngressBackends from the cluster only, and says so', async () => {
    const { stderr, code } = await runWarm(['policy', 'check-conflicts', 'IngressBackend', '-f', 'examples/http']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: IngressBackends are looked at in the cluster only/);
  });
});

describe('command lines that osm would take apart', () => {
  it('are refused before anything is asked of a cluster', async () => {
    const cases: [string, RegExp][] = [
      ['metrics enable', /^error: no namespace is named/],
      ['metrics disable --namespace a, --namespace b', /^error: --namespace "" cannot be the name of a namespace/],
      ['metrics enable --all --namespace a', /^error: .*--all/],
      ['policy check-pods a/b/c d', /^error: Invalid argument specified for the source pod \[a\/b\/c\]/],
      ['policy check-pods a a/b/c', /^error: Invalid argument specified for the destination pod \[a\/b\/c\]/],
      ['policy check-conflicts Pod', /^error: Invalid resource kind Pod/],
      ['proxy get config_dump', /^error: missing argument: POD/],
      ['proxy get config_dump p -p 70000', /^error: .*--local-port/],
      ['proxy get config_dump p -o json -f x', /^error: .*--file/],
      ['version --client-only --context x', /^error: .*--client-only/],
      ['namespace add', /^error: missing argument: NAMESPACE/],
      ['namespace remove', /^error: missing argument: NAMESPACE/],
      ['namespace list a b', /^error: unexpected argument: b/],
      ['namespace add a --disable-sidecar-injection=maybe', /^error: --disable-sidecar-injection cannot be "maybe"/],
      ['mesh list x', /^error: unexpected argument: x/],
      ['mesh list -p -1', /^error: .*--local-port/],
      ['verify connectivity', /^error: missing required flag --from-pod\n/],
      ['verify connectivity --from-pod p --to-ext-port 80', /^error: --from-pod must be a namespaced name .*, got p\n/],
      [
        'verify connectivity --from-pod a/b/c --to-ext-port 80',
        /^error: --from-pod "a\/b\/c" is not \[namespace\/\]name/,
      ],
      ['verify connectivity --from-pod a/p', /^error: one of --to-pod\|--to-ext-port must be set\n/],
      ['verify connectivity --from-pod a/p --to-ext-port 0', /^error: .*--to-ext-port/],
      ['verify connectivity --from-pod a/p --to-pod a/q --to-ext-port 80', /^error: --to-pod cannot be set with/],
      ['verify connectivity --from-pod a/p --to-pod q --to-service s', /^error: --to-pod must be a namespaced name/],
      ['verify connectivity --from-pod a/p --to-pod a/q', /^error: --to-service must be set with --to-pod\n/],
      [
        'verify ingress',
        /^error: missing required flags --from-service, --ingress-backend, --to-pod, --to-port, --to-service\n/,
      ],
      ['verify control-plane-health x', /^error: unexpected argument: x/],
      ['uninstall mesh osm', /^error: unexpected argument: osm/],
      ['dashboard -p 70000', /^error: .*--local-port/],
      ['foo', /^error: unknown command "foo" for osm-ts\n/],
      // as if egress get were meant
      ['alpha certificate get', /^error: unknown command "get" for osm-ts alpha certificate\n {2}hint: see [^\n]*\n$/],
    ];
    for (const [line, message] of cases) {
      const { stdout, stderr, code } = await runWarm(line.split(' '), { env: { KUBECONFIG: '/nonexistent' } });
      assert.deepEqual([stdout, code], ['', 2], line);
      assert.match(stderr, message, line);
    }
  });
});

describe('a managed environment', () => {
  it('has no commands for the control plane, which somebody else looks after', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-managed-'));
    const file = join(folder, 'c.yaml');
    writeFileSync(file, 'install: {kind: managed}');
    for (const words of [['install'], ['mesh', 'upgrade'], ['dashboard']]) {
      const { code, stdout, stderr } = await runWarm(words, { env: { OSM_CONFIG: file, KUBECONFIG: '/no/such' } });
      assert.deepEqual([code, stdout], [2, '']);
      assert.ok(stderr.startsWith(`error: osm-ts ${words.join(' ')} is not for a managed environment`), stderr);
      assert.ok(stderr.includes(file), stderr);
    }
    rmSync(folder, { recursive: true });
  });
});
