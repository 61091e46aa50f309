import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { CombinedGraphQLErrors } from '@apollo/client';

import { client, graphql, signIn } from './client.js';

const AGENCY = graphql(`
  query Agency($code: String!) {
    agency(code: $code) {
      id
      name
      version
    }
  }
`);

const CREATE = graphql(`
  mutation Create($input: CreateAgencyInput!) {
    createAgency(input: $input) {
      agency {
        id
        code
        name
        version
      }
    }
  }
`);

const RENAME = graphql(`
  mutation Rename($input: UpdateAgencyInput!) {
    updateAgency(input: $input) {
      agency {
        id
        name
        version
      }
    }
  }
`);

let token: string;

before(async () => {
  token = await signIn();
});

/** A code that is free. */
const unused = () => `apollo-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

/** The codes of the errors that a mutation was refused with, and of the fields in them. */
async function refused(mutating: Promise<unknown>) {
  const error = await mutating.then(
    () => assert.fail('it was carried out'),
    (error: unknown) => error,
  );
  assert.ok(CombinedGraphQLErrors.is(error), String(error));
  const fields = error.errors.flatMap(
    ({ extensions }) => (extensions?.fields ?? []) as { path: string; code: string }[],
  );
  return {
    codes: error.errors.map(({ extensions }) => extensions?.code),
    fields: fields.map(({ path, code }) => `${path} ${code}`),
  };
}

test('what a mutation answers changes what a query shows already', async () => {
  const { apollo, sent } = client({ token });
  const code = unused();
  const created = await apollo.mutate({
    mutation: CREATE,
    variables: { input: { code, nameVi: 'Sở Thử nghiệm', kind: 'DEPARTMENT', area: '25' } },
  });
  const agency = created.data?.createAgency.agency;
  assert.ok(agency);
  assert.deepEqual([agency.code, agency.name], [code, 'Sở Thử nghiệm']);

  const shown: (string | undefined)[] = [];
  await apollo.query({ query: AGENCY, variables: { code } });
  const query = apollo.watchQuery({ query: AGENCY, variables: { code } });
  const watching = query.subscribe(({ dataState, data }) => dataState === 'complete' && shown.push(data.agency?.name));
  const asked = sent.length;
  const input = { id: agency.id, version: agency.version, nameVi: 'Sở Kiểm thử' };
  const renamed = await apollo.mutate({ mutation: RENAME, variables: { input } });
  assert.equal(renamed.data?.updateAgency.agency.version, agency.version + 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  watching.unsubscribe();
  assert.deepEqual(shown, ['Sở Thử nghiệm', 'Sở Kiểm thử']);
  assert.equal(sent.length, asked + 1, 'the query was not asked again');

  const { codes } = await refused(apollo.mutate({ mutation: RENAME, variables: { input } }));
  assert.deepEqual(codes, ['PRECONDITION_FAILED'], 'the version was changed since it was seen');
  const stranger = await client().apollo.query({ query: AGENCY, variables: { code } });
  assert.equal(stranger.data?.agency?.name, 'Sở Kiểm thử');
});

test('every bad field of a mutation is told at once, by its path', async () => {
  const { apollo } = client({ token });
  const input = { code: 'Bad Code', nameVi: ' ', kind: 'DEPARTMENT', area: '25' } as const;
  const { codes, fields } = await refused(apollo.mutate({ mutation: CREATE, variables: { input } }));
  assert.deepEqual(codes, ['BAD_USER_INPUT']);
  assert.deepEqual(fields.sort(), ['input.code INVALID', 'input.nameVi REQUIRED']);
});

test('a stranger is refused what needs a sign-in', async () => {
  const { apollo } = client();
  const input = { code: unused(), nameVi: 'Sở Thử nghiệm', kind: 'DEPARTMENT' } as const;
  const { codes } = await refused(apollo.mutate({ mutation: CREATE, variables: { input } }));
  assert.deepEqual(codes, ['UNAUTHENTICATED']);
});
