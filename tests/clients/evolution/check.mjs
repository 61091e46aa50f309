// Whether schema.graphql may follow that of the last release: `make schema-check`. The last release is the newest tag
// `v…` behind the commit that is checked out; its first number and that of Cargo.toml tell whether a new major version is
// being made.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { buildSchema } from 'graphql';

import { evolution } from './changes.mjs';

const top = new URL('../../../', import.meta.url);
const git = (...words) =>
  execFileSync('git', words, { cwd: top, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** What git says, or nothing where it has nothing to say. */
function asked(...words) {
  try {
    return git(...words);
  } catch {
    return undefined;
  }
}

const tag = asked('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', 'HEAD');
const [, version] = /^version = "(\d+)\./m.exec(readFileSync(new URL('Cargo.toml', top), 'utf8'));
const { faults, notes } = evolution({
  released: tag && buildSchema(git('show', `${tag}:schema.graphql`)),
  current: buildSchema(readFileSync(new URL('schema.graphql', top), 'utf8')),
  major: tag && Number(version) > Number(/\d+/.exec(tag)[0]),
  today: new Date().toISOString().slice(0, 10),
});

const since = tag ? `since ${tag}` : 'no release yet';
for (const note of notes) console.log(`note: ${note}`);
for (const fault of faults) console.error(`error: ${fault}`);
if (!tag && asked('rev-parse', '--is-shallow-repository') !== 'false') {
  console.log('SKIPPED: a comparison with the last release, for the history that is here may lack its tag');
}
console.log(`schema.graphql, ${since}: ${faults.length} errors, ${notes.length} notes`);
process.exitCode = faults.length ? 1 : 0;
