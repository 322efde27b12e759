import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate with its key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Groups of a Kubernetes user. */
  readonly organizations?: readonly string[];
  /** DNS names and IPv4 addresses of a server; without any, the certificate is a client's. */
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** PEM; a new one where it is not given. */
  readonly key?: string;
}

export interface Authority extends Certificate {
  issue(request: CertificateRequest): Certificate;
}

const day = 24 * 60 * 60 * 1000;

/** A certificate authority (ECDSA P-256), because Node has no function that makes X.509 certificates. */
export function createAuthority(commonName: string, notAfter?: Date): Authority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = name(commonName);
  const make = (request: CertificateRequest, publicKey: KeyObject, isAuthority: boolean): string => {
    const tbs = sequence(
      der(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      ecdsaWithSha256,
      issuer,
      sequence(
        time(request.notBefore ?? new Date(Date.now() - day)),
        time(request.notAfter ?? new Date(Date.now() + day)),
      ),
      name(request.commonName, request.organizations),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions(request, isAuthority, publicKey))),
    );
    const signature = sign('sha256', tbs, pair.privateKey);
    const certificate = sequence(tbs, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
    const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  };
  return {
    cert: make({ commonName, ...(notAfter && { notAfter }) }, pair.publicKey, true),
    key: pem(pair.privateKey),
    issue(request) {
      const key = request.key ?? pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
      return { cert: make(request, createPublicKey(key), false), key };
    },
  };
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function extensions(request: CertificateRequest, isAuthority: boolean, publicKey: KeyObject): Buffer[] {
  const keyId = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
  const critical = der(0x01, Buffer.from([0xff]));
  const names = request.names ?? [];
  const usage = names.length > 0 ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2';
  return [
    extension('2.5.29.14', octets(octets(keyId))),
    extension('2.5.29.19', critical, octets(sequence(...(isAuthority ? [critical] : [])))),
    // keyCertSign for an authority, digitalSignature for the others.
    extension('2.5.29.15', critical, octets(der(0x03, Buffer.from(isAuthority ? [2, 0x04] : [7, 0x80])))),
    ...(isAuthority ? [] : [extension('2.5.29.37', octets(sequence(oid(usage))))]),
    ...(names.length > 0 ? [extension('2.5.29.17', octets(sequence(...names.map(alternativeName))))] : []),
  ];
}

function alternativeName(value: string): Buffer {
  return isIPv4(value) ? der(0x87, Buffer.from(value.split('.').map(Number))) : der(0x82, Buffer.from(value, 'ascii'));
}

function name(commonName: string, organizations: readonly string[] = []): Buffer {
  const part = (type: string, value: string): Buffer =>
    der(0x31, sequence(oid(type), der(0x0c, Buffer.from(value, 'utf8'))));
  return sequence(...organizations.map((value) => part('2.5.4.10', value)), part('2.5.4.3', commonName));
}

function extension(type: string, ...value: Buffer[]): Buffer {
  return sequence(oid(type), ...value);
}

/** One element of ASN.1's distinguished encoding: tag, length, content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  const header = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 | length.length, ...length];
  return Buffer.concat([Buffer.from(header), body]);
}

function sequence(...content: Buffer[]): Buffer {
  return der(0x30, ...content);
}

function octets(content: Buffer): Buffer {
  return der(0x04, content);
}

function integer(value: Buffer): Buffer {
  return der(0x02, value);
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(digits, 'ascii'));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
