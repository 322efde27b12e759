import assert from 'node:assert/strict';
import { normalizeIpv4 } from '../../../src/lib/simulator/request/ip.js';

/** Which address curl 7.88 tries to connect to was asked of it, in a network without any way out. */

describe('an IPv4 address as the C library reads it', () => {
  it('has one to four numbers, of which the last fills what is left', () => {
    const given: readonly (readonly [text: string, address: string])[] = [
      ['0', '0.0.0.0'],
      ['1', '0.0.0.1'],
      ['256', '0.0.1.0'],
      ['4294967295', '255.255.255.255'],
      ['0xffffffff', '255.255.255.255'],
      ['037777777777', '255.255.255.255'],
      ['1.2', '1.0.0.2'],
      ['255.16777215', '255.255.255.255'],
      ['1.2.65535', '1.2.255.255'],
      ['1.255.1', '1.255.0.1'],
      ['1.2.3.255', '1.2.3.255'],
      ['255.1.255.4', '255.1.255.4'],
      ['01.02.03.010', '1.2.3.8'],
      ['0X7F.0x1', '127.0.0.1'],
      [`${'0'.repeat(80)}1`, '0.0.0.1'],
      [`0x${'0'.repeat(80)}1`, '0.0.0.1'],
    ];
    for (const [text, address] of given) assert.equal(normalizeIpv4(text), address, text);
  });

  it('has numbers that fit, and nothing else', () => {
    const given = [
      ...['4294967296', '99999999999999999999', '0x100000000', '040000000000', '1.16777216', '1.2.65536', '1.2.3.256'],
      ...[
        '256.1',
        '1.256.1',
        '1.2.256.4',
        '256.1.1.1',
        '1.2.3.4.5',
        '1.2.3.4.0',
        '1.2.3.4.',
        '1..2',
        '.1',
        '1.',
        '.',
        '',
      ],
      ...[
        '08.1.1.1',
        '09',
        '0x',
        '0x1g',
        'x0x1',
        '1.0x1x',
        '1.x0x1',
        '07x.1',
        '1a.2',
        'a1',
        '1e1',
        '+1',
        ' 1',
        '1 ',
        'a.b',
      ],
    ];
    for (const text of given) assert.equal(normalizeIpv4(text), null, text);
  });
});
