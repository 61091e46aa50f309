import assert from 'node:assert/strict';
import { test } from 'node:test';

import { buildSchema } from 'graphql';

import { evolution } from './changes.mjs';

const RELEASED = `
  type Query {
    plans(first: Int = 20, kind: Kind): [Plan!]!
  }
  type Plan {
    title: String!
    name: String @deprecated(reason: "Called otherwise (from 2027-06-01 on: use title)")
  }
  enum Kind { PLAN SCHEME }
  input PlanInput { title: String! }
`;

/** What is wrong where something of the released schema is replaced. */
function faults(replaced, by, { major = false, today = '2026-01-31' } = {}) {
  const current = RELEASED.replace(replaced, by);
  assert.notEqual(current, RELEASED);
  return evolution({ released: buildSchema(RELEASED), current: buildSchema(current), major, today }).faults;
}

test('what adds may follow a release', () => {
  assert.deepEqual(faults('title: String!', 'title: String! version: Int!'), []);
  assert.deepEqual(faults('kind: Kind', 'kind: Kind, text: String'), []);
  assert.deepEqual(faults('SCHEME', 'SCHEME PROJECT'), []);
  assert.deepEqual(faults('input PlanInput {', 'input PlanInput { vision: Int '), []);
});

test('what adds an enum value or an argument is noted', () => {
  const current = buildSchema(
    RELEASED.replace('SCHEME', 'SCHEME PROJECT').replace('kind: Kind', 'kind: Kind, text: String'),
  );
  const { notes } = evolution({ released: buildSchema(RELEASED), current, major: false, today: '2026-01-31' });
  assert.deepEqual(notes, ['An optional arg text on Query.plans was added.', 'PROJECT was added to enum type Kind.']);
});

test('what breaks a client may not follow a release of the same major version', () => {
  assert.deepEqual(faults('title: String!\n', 'heading: String!\n'), ['Plan.title was removed.']);
  assert.deepEqual(faults('title: String!\n', 'title: String\n'), ['Plan.title changed type from String! to String.']);
  assert.deepEqual(faults('PLAN SCHEME', 'PLAN'), ['SCHEME was removed from enum type Kind.']);
  assert.deepEqual(faults('kind: Kind', 'kind: Kind!'), ['Query.plans arg kind has changed type from Kind to Kind!.']);
  assert.deepEqual(faults('{ title: String! }', '{ title: String! year: Int! }'), [
    'A required field year on input type PlanInput was added.',
  ]);
  assert.deepEqual(faults('= 20', '= 10'), ['Query.plans arg first has changed defaultValue from 20 to 10.']);
  assert.deepEqual(faults(/ name: .*/, ''), ['Plan.name was removed.'], 'though it was deprecated');
});

test('a new major version may remove what was deprecated, from its day on', () => {
  const removed = (today) => faults(/ name: .*/, '', { major: true, today });
  assert.deepEqual(removed('2027-06-01'), []);
  assert.deepEqual(removed('2027-05-31'), ['Plan.name was removed before 2027-06-01']);
  assert.deepEqual(faults('SCHEME', '', { major: true }), ['Kind.SCHEME was removed without having been deprecated']);
  assert.deepEqual(faults(', kind: Kind', '', { major: true }), [
    'Query.plans(kind) was removed without having been deprecated',
  ]);
});

test('what is deprecated says from when on it is gone, twelve months ahead, and what to use', () => {
  const deprecated = (reason) => faults('title: String!\n', `title: String! @deprecated(reason: "${reason}")\n`);
  assert.deepEqual(deprecated('Too long (from 2027-01-31 on: use name)'), []);
  assert.deepEqual(deprecated('Too long (from 2027-01-30 on: use name)'), [
    'Plan.title: to be removed from 2027-01-30 on, which is not 12 months from now',
  ]);
  for (const reason of [
    'No longer supported',
    'Too long (from 2027-02-31x on: use name)',
    'Too long (from 2027-13-01 on: use name)',
  ]) {
    assert.deepEqual(deprecated(reason), [
      `Plan.title: @deprecated must end with "(from 2027-01-31 on: use …)", not "${reason}"`,
    ]);
  }
  assert.deepEqual(faults('2027-06-01', '2027-05-31'), [
    'Plan.name: the day of its removal, 2027-05-31, is before the one that was released',
  ]);
  assert.deepEqual(faults('2027-06-01', '2028-06-01'), []);
});

test('before a first release anything may change, but what is deprecated has its day', () => {
  const current = (reason) => buildSchema(`type Query { a: Int @deprecated(reason: "${reason}") }`);
  const told = (reason) =>
    evolution({ released: undefined, current: current(reason), major: false, today: '2026-01-31' }).faults.length;
  assert.deepEqual([told('Gone (from 2026-02-01 on: use b)'), told('Gone')], [0, 1]);
});
