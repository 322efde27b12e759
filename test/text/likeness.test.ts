import assert from 'node:assert/strict';

import { listed, mostAlike } from '../../src/lib/text/likeness.js';

const itself = (name: string): string[] => [name];
const alike = (word: string, names: readonly string[], count = 1): string[] => mostAlike(word, names, itself, count);

describe('the names that are most alike', () => {
  const many = Array.from({ length: 5000 }, (_, index) => `host${index}.example.net`);

  it('a name with few wrong letters is found among thousands', () => {
    for (const typo of ['exmple.com', 'exampel.com', 'Example.com', 'examples.com', 'exanple.con']) {
      assert.deepEqual(alike(typo, [...many, 'example.com']), ['example.com']);
      assert.deepEqual(alike(typo, ['example.com', ...many]), ['example.com']);
    }
  });

  it('fewer edits go before more, then names of the same domain, then the order given', () => {
    const names = ['zzz.org', 'www.example.com', 'example.org', 'exomple.cam', 'exomple.com', 'other.com'];
    assert.deepEqual(alike('example.com', names, 4), ['exomple.com', 'exomple.cam', 'example.org', 'www.example.com']);
    assert.deepEqual(alike('a', ['zzzzzzz', 'yyyyyyy'], 2), ['zzzzzzz', 'yyyyyyy']);
  });

  it('an item is as like as the likest of its names, and never without one', () => {
    const items = [{ names: [] }, { names: ['other.net', 'example.org'] }, { names: ['exomple.com', 'zzz.net'] }];
    const found = mostAlike('example.com', items, ({ names }) => names, 3);
    assert.deepEqual(found, [items[2], items[1]]);
  });

  it('a list in one line says how many it leaves out', () => {
    assert.equal(listed(['a', 'b', 'c'], 'c'), 'a, b, c');
    assert.equal(listed([...many, 'example.com'], 'exmple.com', 1), 'example.com and 5000 more');
  });
});
