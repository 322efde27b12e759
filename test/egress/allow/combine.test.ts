import assert from 'node:assert/strict';
import type { ObjectChange, Plan } from '../../../src/lib/analysis/allow/index.js';
import { combine } from '../../../src/lib/egress/allow/combine.js';
import { differences } from '../../../src/lib/resources/edit/index.js';
import type { Egress } from '../../../src/lib/resources/types.js';
import { egress } from '../support.js';

const policy = (...hosts: string[]) => egress('web', '443/https', { hosts });
const plan = (...changes: ObjectChange[]) => ({ result: 'change', changes }) as unknown as Plan;
const edit = (before: Egress, after: Egress): ObjectChange => ({
  kind: 'edit',
  before,
  after,
  edits: differences(before, after),
});
const create = (after: Egress): ObjectChange => ({ kind: 'create', after });

describe('egress allow: the changes of several targets as one', () => {
  const [one, two, three] = [policy('a.com'), policy('a.com', 'b.com'), policy('a.com', 'b.com', 'c.com')];
  const other = egress('other', '80/http', { hosts: ['x.com'] });

  const cases: [name: string, plans: Plan[], ObjectChange[]][] = [
    ['none', [{ result: 'nothing' } as unknown as Plan], []],
    ['one edit', [plan(edit(one, two))], [edit(one, two)]],
    [
      'an edit of an edit is one, from what was read',
      [plan(edit(one, two)), plan(edit(two, three))],
      [edit(one, three)],
    ],
    [
      'a policy that is created for one target and edited for the next is created',
      [plan(create(two)), plan(edit(two, three))],
      [create(three)],
    ],
    ['and once more', [plan(create(one)), plan(edit(one, two)), plan(edit(two, three))], [create(three)]],
    ['different objects stay apart', [plan(edit(one, two)), plan(create(other))], [edit(one, two), create(other)]],
    [
      'plans without changes between them do not matter',
      [plan(create(one)), { result: 'impossible' } as unknown as Plan, plan(edit(one, two))],
      [create(two)],
    ],
  ];
  for (const [name, plans, expected] of cases) {
    it(name, () => {
      const combined = combine(plans);
      assert.deepEqual(combined, expected);
      // files are found by the very object that was read
      for (const [index, change] of combined.entries()) {
        const meant = expected[index]!;
        if (change.kind === 'edit') assert.equal(change.before, meant.kind === 'edit' && meant.before);
      }
    });
  }
});
