import assert from 'node:assert/strict';

import { REDACTED, redactJson, redactObject, redactText } from '../../src/lib/mesh/report/redact.js';

const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nsecret\n-----END RSA PRIVATE KEY-----';

describe('redaction', () => {
  it('takes out of text what looks like a secret, and nothing else', () => {
    for (const [text, told] of [
      ['Authorization: Bearer abc.def', `Authorization: ${REDACTED}`],
      ['set-cookie: id=1; Path=/\nnext', `set-cookie: ${REDACTED}\nnext`],
      ['--db-password=hunter2 --port=1', `--db-password=${REDACTED} --port=1`],
      ['"apiKey": "hunter2", "a": 1', `"apiKey": "${REDACTED}", "a": 1`],
      ['token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', `token: ${REDACTED}`],
      ['got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here', `got ${REDACTED} here`],
      ['postgres://app:hunter2@db:5432/x', `postgres://app:${REDACTED}@db:5432/x`],
      [`before ${key} after`, `before ${REDACTED} after`],
      [Buffer.from(key.repeat(2)).toString('base64'), REDACTED],
      ['-----BEGIN PRIVATE KEY-----\ncut off', REDACTED],
      ['cluster.secret.ssl.handshake: 5', 'cluster.secret.ssl.handshake: 5'],
      ['tokens used: none', 'tokens used: none'],
      ['https://example.org/a@b', 'https://example.org/a@b'],
    ] as const)
      assert.equal(redactText(text), told);
  });

  it('keeps JSON that can be read, and hides fields by their names', () => {
    const secret = {
      name: 'service-cert:a/b',
      secret: {
        tls_certificate: { certificate_chain: { inline_bytes: 'Y2VydA==' }, private_key: { inline_bytes: 'x' } },
      },
    };
    const document = { configs: [secret], user: { password: 'p', token: 1, enabled: true }, note: 'token=abc' };
    assert.deepEqual(JSON.parse(redactJson(JSON.stringify(document))), {
      configs: [
        {
          name: 'service-cert:a/b',
          secret: {
            tls_certificate: {
              certificate_chain: { inline_bytes: 'Y2VydA==' },
              private_key: { inline_bytes: REDACTED },
            },
          },
        },
      ],
      user: { password: REDACTED, token: REDACTED, enabled: true },
      note: `token=${REDACTED}`,
    });
    assert.equal(redactJson('not JSON, password=x'), `not JSON, password=${REDACTED}`);
  });

  it('leaves of containers what decides, and not what they are told', () => {
    const container = (extra: object) => ({ name: 'app', image: 'x', ...extra });
    const secretKeyRef = { name: 's', key: 'k' };
    const told = {
      env: [
        { name: 'A', value: 'hunter2' },
        { name: 'B', valueFrom: { secretKeyRef } },
      ],
      args: ['--token=hunter2', '--port=80'],
    };
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2', own: 'x' };
    const metadata = { name: 'w', annotations, managedFields: [] };
    const spec = { template: { spec: { initContainers: [container(told)], containers: [container({})] } } };
    const redacted = redactObject({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec } as never);
    const hidden = {
      env: [
        { name: 'A', value: REDACTED },
        { name: 'B', valueFrom: { secretKeyRef } },
      ],
      args: [`--token=${REDACTED}`, '--port=80'],
    };
    assert.deepEqual(redacted, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'w', annotations: { own: 'x' } },
      spec: { template: { spec: { initContainers: [container(hidden)], containers: [container({})] } } },
    });
  });
});
