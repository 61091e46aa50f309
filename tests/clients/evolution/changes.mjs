// How one version of the schema may follow another: what docs/use/schema-changes.md promises to clients.

import {
  findBreakingChanges,
  findDangerousChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** How `@deprecated` names the day of the removal, and what to use instead. */
const REASON = /\(from (\d{4}-\d{2}-\d{2}) on: use .+\)$/;
const NOTICE_MONTHS = 12;

/** What can be deprecated, by its coordinate, with the reason if it is. */
function* members(schema) {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        yield [`${type.name}.${field.name}`, field.deprecationReason];
        for (const argument of field.args ?? []) {
          yield [`${type.name}.${field.name}(${argument.name})`, argument.deprecationReason];
        }
      }
    } else if (isEnumType(type)) {
      for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.deprecationReason];
    }
  }
}

/** The day that is so many months after another, both as "2026-01-31". */
function monthsAfter(day, months) {
  const then = new Date(`${day}T00:00:00Z`);
  const date = then.getUTCDate();
  then.setUTCMonth(then.getUTCMonth() + months);
  // The 31st of a month that has 30 is the last day of that month.
  if (then.getUTCDate() !== date) then.setUTCDate(0);
  return then.toISOString().slice(0, 10);
}

/**
 * What is wrong with the schema of today, as sentences, and what clients should look at all the same. Without a release,
 * only how `@deprecated` is written; `major` tells whether the version's first number has grown since the release.
 */
export function evolution({ released, current, major, today }) {
  const faults = [];
  const notes = [];
  const before = new Map(released ? members(released) : []);
  const after = new Map(members(current));
  for (const [name, reason] of after) {
    if (reason == null) continue;
    const day = REASON.exec(reason)?.[1];
    if (!day || Number.isNaN(Date.parse(day))) {
      faults.push(`${name}: @deprecated must end with "(from 2027-01-31 on: use …)", not "${reason}"`);
    } else if (released && before.get(name) == null && day < monthsAfter(today, NOTICE_MONTHS)) {
      faults.push(`${name}: to be removed from ${day} on, which is not ${NOTICE_MONTHS} months from now`);
    } else if (before.get(name) && day < (REASON.exec(before.get(name))?.[1] ?? '')) {
      faults.push(`${name}: the day of its removal, ${day}, is before the one that was released`);
    }
  }
  if (!released) return { faults, notes };
  const dangerous = findDangerousChanges(released, current);
  const changed = dangerous.filter(({ type }) => type === 'ARG_DEFAULT_VALUE_CHANGE');
  const breaking = [...findBreakingChanges(released, current), ...changed].map(({ description }) => description);
  (major ? notes : faults).push(...breaking);
  notes.push(...dangerous.filter((change) => !changed.includes(change)).map(({ description }) => description));
  if (major) {
    const names = new Set([...after.keys(), ...Object.keys(current.getTypeMap())]);
    for (const [name, reason] of before) {
      // What went with its field or its type is told by that.
      if (names.has(name) || !names.has(name.replace(/(\(.*|\.\w+)$/, ''))) continue;
      const day = REASON.exec(reason ?? '')?.[1];
      if (!day || today < day)
        faults.push(`${name} was removed ${day ? `before ${day}` : 'without having been deprecated'}`);
    }
  }
  return { faults, notes };
}
