import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CombinedGraphQLErrors, ServerError } from '@apollo/client';
import { filter, firstValueFrom } from 'rxjs';

import { client, graphql } from './client.js';

const PROVINCE = graphql(`
  query Province($code: String!, $on: Date) {
    province(code: $code, on: $on) {
      id
      code
      fullName
      validTo
    }
  }
`);

const PLANS = graphql(`
  query Plans($first: Int!, $after: Cursor) {
    plans(first: $first, after: $after, orderBy: { field: TITLE, direction: ASC }) {
      totalCount
      edges {
        cursor
        node {
          id
          code
          title
          kind
          area {
            id
            fullName
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

/** What a query was refused with. */
async function refused(asking: Promise<unknown>): Promise<CombinedGraphQLErrors> {
  const error = await asking.then(
    () => assert.fail('it was answered'),
    (error: unknown) => error,
  );
  assert.ok(CombinedGraphQLErrors.is(error), String(error));
  return error;
}

test('a query is typed by the schema, its variables and its answer', async () => {
  const { apollo } = client();
  const before = await apollo.query({ query: PROVINCE, variables: { code: '15', on: '2025-06-30' } });
  const name: string | undefined = before.data?.province?.fullName;
  const last: string | null | undefined = before.data?.province?.validTo;
  assert.deepEqual([name, last], ['Tỉnh Yên Bái', '2025-06-30']);
  const after = await apollo.query({ query: PROVINCE, variables: { code: '15', on: '2025-07-01' } });
  assert.equal(after.data?.province?.fullName, 'Tỉnh Lào Cai');
  assert.notEqual(after.data?.province?.id, before.data?.province?.id);
  // @ts-expect-error: the schema has no such field, nor has the answer
  assert.equal(after.data?.province?.population, undefined);
  // @ts-expect-error: a code is a text, for the compiler and for the service
  const wrong = await refused(apollo.query({ query: PROVINCE, variables: { code: 15 } }));
  assert.deepEqual(
    wrong.errors.map(({ extensions }) => extensions?.code),
    ['BAD_USER_INPUT'],
  );
});

test('pages of a list come together in the cache, each row once', async () => {
  const { apollo, sent } = client();
  const list = apollo.watchQuery({ query: PLANS, variables: { first: 7 } });
  const watching = list.subscribe({});
  let page = (await apollo.query({ query: PLANS, variables: { first: 7 } })).data?.plans.pageInfo;
  while (page?.hasNextPage) {
    const more = await list.fetchMore({ variables: { after: page.endCursor } });
    page = more.data?.plans.pageInfo;
  }
  const shown = await firstValueFrom(
    list.pipe(
      filter((now) => now.dataState === 'complete' && now.data.plans.edges.length === now.data.plans.totalCount),
    ),
  );
  watching.unsubscribe();
  assert.equal(shown.dataState, 'complete');
  const { data } = shown;
  const codes = data.plans.edges.map((edge) => edge.node.code);
  assert.ok(codes.length > 14, 'of several pages');
  assert.equal(codes.length, data.plans.totalCount);
  assert.equal(new Set(codes).size, codes.length);
  assert.equal(sent.length, Math.ceil(codes.length / 7));
  assert.equal(data.plans.pageInfo.hasPreviousPage, false);

  const kept = await apollo.query({ query: PLANS, variables: { first: 7 }, fetchPolicy: 'cache-only' });
  assert.deepEqual(kept.data?.plans.edges, data.plans.edges);
  const { apollo: another } = client();
  const whole = await another.query({ query: PLANS, variables: { first: 200 } });
  assert.deepEqual(
    whole.data?.plans.edges.map((edge) => edge.node.code),
    codes,
  );
});

test('a global id is the key of a record, wherever it was read', async () => {
  const { apollo, sent } = client();
  const { data } = await apollo.query({ query: PLANS, variables: { first: 1 } });
  const plan = data?.plans.edges[0]?.node;
  assert.ok(plan);
  const NODE = graphql(`
    query Node($id: ID!) {
      node(id: $id) {
        id
        ... on Plan {
          title
          area {
            id
            code
          }
        }
      }
    }
  `);
  const { data: again } = await apollo.query({ query: NODE, variables: { id: plan.id } });
  assert.deepEqual([again?.node?.__typename, again?.node?.id], ['Plan', plan.id]);
  const area = apollo.cache.identify({ __typename: 'AdministrativeUnit', id: plan.area.id });
  const fragment = graphql(`
    fragment Unit on AdministrativeUnit {
      code
      fullName
    }
  `);
  const unit = apollo.cache.readFragment({ id: area, fragment });
  assert.equal((unit as { fullName: string } | null)?.fullName, plan.area.fullName, 'put together from both queries');
  assert.equal(sent.length, 2);
});

test('a query that is refused has its code, and every bad field by its path', async () => {
  const { apollo } = client();
  const error = await refused(apollo.query({ query: PROVINCE, variables: { code: '15', on: '2025-02-30' } }));
  const [first] = error.errors;
  assert.equal(first?.extensions?.code, 'BAD_USER_INPUT');
  const fields = first?.extensions?.fields as { path: string; code: string }[];
  assert.deepEqual(
    fields.map(({ path, code }) => [path, code]),
    [['on', 'INVALID']],
  );
  assert.match(String(first?.extensions?.requestId), /./);
  const few = await refused(apollo.query({ query: PLANS, variables: { first: 0 } }));
  assert.deepEqual(
    few.errors.map(({ extensions, path }) => [extensions?.code, path]),
    [['BAD_USER_INPUT', ['plans']]],
  );
});

test('a query that asks for too much has its code, though it is answered 400', async () => {
  const { apollo, sent } = client();
  const DEEP = graphql(`
    query Deep {
      provinces(first: 200) {
        nodes {
          plans(first: 200) {
            nodes {
              targets(first: 200) {
                nodes {
                  id
                }
              }
            }
          }
        }
      }
    }
  `);
  const error = await refused(apollo.query({ query: DEEP }));
  assert.deepEqual(
    error.errors.map(({ extensions }) => extensions?.code),
    ['QUERY_TOO_COMPLEX'],
  );
  assert.deepEqual(
    sent.map(({ status }) => status),
    [400],
  );
});

test('what fails beside other fields leaves their data', async () => {
  const { apollo } = client();
  const MIXED = graphql(`
    query Mixed {
      province(code: "25") {
        id
        fullName
      }
      unknown: agency(code: "no-such-agency") {
        id
        name
      }
      wrong: province(code: "x") {
        id
        fullName
      }
    }
  `);
  const { data, error } = await apollo.query({ query: MIXED, errorPolicy: 'all' });
  assert.ok(CombinedGraphQLErrors.is(error), String(error));
  assert.deepEqual(
    error.errors.map(({ extensions, path }) => [extensions?.code, path]),
    [['BAD_USER_INPUT', ['wrong']]],
  );
  assert.deepEqual([data?.province?.fullName, data?.unknown, data?.wrong], ['Tỉnh Phú Thọ', null, null]);
});

test('a token that is not good is answered 401, never as to a stranger', async () => {
  const { apollo } = client({ token: 'no-token' });
  const error = await apollo.query({ query: PLANS, variables: { first: 1 } }).catch((error: unknown) => error);
  assert.ok(ServerError.is(error), String(error));
  assert.equal(error.statusCode, 401);
  assert.equal(JSON.parse(error.bodyText).errors[0].extensions.code, 'UNAUTHENTICATED');
});

test('a document is named by its hash once it was sent', async () => {
  // A document that nobody has sent before: a comment would not be sent.
  const alias = `x${Date.now()}`;
  const DOCUMENT = graphql(`
    query Persisted {
      province(code: "25") {
        id
        fullName
      }
    }
  `);
  const text = JSON.parse(JSON.stringify(DOCUMENT).replaceAll('"Persisted"', `"${alias}"`)) as typeof DOCUMENT;
  const { apollo, sent } = client({ persisted: true });
  const { data } = await apollo.query({ query: text });
  assert.equal(data?.province?.fullName, 'Tỉnh Phú Thọ');
  assert.deepEqual(
    sent.map(({ method, text }) => [method, text.includes('fullName')]),
    [
      ['GET', false],
      ['POST', true],
    ],
  );
  const { apollo: another, sent: then } = client({ persisted: true });
  const again = await another.query({ query: text });
  assert.deepEqual(again.data, data);
  assert.deepEqual(
    then.map(({ method, text, status }) => [method, text.includes('fullName'), status]),
    [['GET', false, 200]],
  );
});
