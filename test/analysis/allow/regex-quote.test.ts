import assert from 'node:assert/strict';
import { pathPattern } from '../../../src/lib/analysis/allow/regex-quote.js';
import { fullMatcher, inspectRegex } from '../../../src/lib/simulator/envoy/re2.js';

const matches = (pattern: string, path: string): boolean => fullMatcher(pattern)?.(path) === true;

describe('the pattern of a path', () => {
  it('matches the path and no other, whatever characters RE2 gives a meaning', () => {
    const all = String.raw`\.+*?()|[]{}^$`;
    for (const path of ['/', '/a', ...[...all].map((character) => `/a${character}b`), `/${all}`, '/{3}', '/[a-z]+']) {
      const { pathRegex, exact } = pathPattern(path);
      assert.ok(exact && matches(pathRegex, path), path);
      for (const other of [`${path}b`, path.slice(0, -1), path.replace(/[^/\w]/, 'x'), path.replace(/[^/\w]/, '')])
        assert.ok(other === path || !matches(pathRegex, other), `${path} is not ${other}`);
    }
  });

  it('is of as much of a long path as Envoy takes, and tells that others begin so', () => {
    for (const length of [150, 151, 152, 153, 400]) {
      const path = `/${'a.'.repeat(length)}`.slice(0, length);
      const { pathRegex, exact } = pathPattern(path);
      assert.equal(exact, false);
      assert.ok(inspectRegex(pathRegex).accepted && matches(pathRegex, path));
      const beginning = pathRegex.replace(/\.\*$/, '').replaceAll('\\', '');
      assert.ok(path.startsWith(beginning) && !matches(pathRegex, `x${path}`));
      assert.ok(!matches(pathRegex, path.slice(0, beginning.length - 1)));
      const longer = path.slice(0, beginning.length + 1).replaceAll('.', '\\.');
      assert.equal(inspectRegex(`${longer}.*`).accepted, false, 'one more is too long');
    }
  });
});
