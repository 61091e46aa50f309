import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { ApolloClient, InMemoryCache } from '@apollo/client';
import * as events from 'graphql-sse';
import * as socket from 'graphql-ws';
import WebSocket from 'ws';

import { client, graphql, signIn } from './client.js';

const FOLLOW = graphql(`
  subscription Follow($areas: [String!], $after: Cursor) {
    changes(areas: $areas, after: $after) {
      cursor
      type
      action
      key
      node {
        id
        ... on Agency {
          name
        }
      }
    }
  }
`);

const TEXT = `subscription ($after: Cursor) { changes(after: $after) { cursor key } }`;

const CREATE = graphql(`
  mutation Create($input: CreateAgencyInput!) {
    createAgency(input: $input) {
      agency {
        id
      }
    }
  }
`);

const URL = String(process.env.LIENTHONG_URL);
const SOCKET = `${URL.replace('http', 'ws')}/graphql/ws`;

let token: string;
let made = 0;
const opened: socket.Client[] = [];

before(async () => {
  token = await signIn();
});

after(async () => {
  for (const one of opened) await one.dispose();
});

/** Makes a body, of which followers are told. */
async function create(): Promise<string> {
  const code = `pt-theo-doi-${process.pid}-${(made += 1)}`;
  const input = { code, nameVi: 'Sở theo dõi', kind: 'DEPARTMENT', area: '25' } as const;
  await client({ token }).apollo.mutate({ mutation: CREATE, variables: { input } });
  return code;
}

function sockets(options: Partial<socket.ClientOptions> = {}): socket.Client {
  const one = socket.createClient({ url: SOCKET, webSocketImpl: WebSocket, ...options });
  opened.push(one);
  return one;
}

/** Something that is waited for until it is said to have happened. */
function pending() {
  let resolve = () => {};
  let reject = (_: unknown) => {};
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

/** The first event that a stream tells, once something is done that it tells of. */
async function first(stream: AsyncIterable<unknown>, begun: Promise<unknown>, act: () => Promise<unknown>) {
  const told = (async () => {
    for await (const event of stream) return event;
    return undefined;
  })();
  await begun;
  await act();
  return told;
}

test('Apollo Client is told of what happens as it happens', async () => {
  const connected = pending();
  const ws = sockets({
    connectionParams: { authorization: `Bearer ${token}` },
    on: { message: (message) => message.type === 'connection_ack' && connected.resolve() },
  });
  const apollo = new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(ws) });
  const told = new Promise<unknown>((resolve, reject) => {
    const observed = apollo.subscribe({ query: FOLLOW, variables: { areas: ['25'] } });
    observed.subscribe({ next: ({ data, error }) => (error ? reject(error) : resolve(data?.changes)), error: reject });
  });
  await connected.promise;
  // The subscription follows the acknowledgement at once; an answer on the same socket comes after it.
  await new Promise((resolve, reject) => {
    ws.subscribe({ query: '{ viewer { kind } }' }, { next: resolve, error: reject, complete: () => {} });
  });
  const code = await create();
  const { cursor, node, ...rest } = (await told) as { cursor: string; node: Record<string, unknown> };
  assert.deepEqual(rest, { __typename: 'Change', type: 'AGENCY', action: 'CREATED', key: code });
  assert.deepEqual([node.__typename, node.name, cursor.length > 5], ['Agency', 'Sở theo dõi', true]);
});

test('who was away reads on from the last cursor', async () => {
  const ws = sockets();
  const begun = pending();
  const live = ws.iterate<{ changes: { cursor: string; key: string } }>({ query: TEXT });
  ws.subscribe({ query: '{ viewer { kind } }' }, { next: () => begun.resolve(), error: begun.reject, complete: () => {} });
  const seen = (await first(live, begun.promise, create)) as { data: { changes: { cursor: string } } };
  const missed = await create();
  const again = ws.iterate<{ changes: { key: string } }>({ query: TEXT, variables: { after: seen.data.changes.cursor } });
  const told = (await first(again, Promise.resolve(), async () => {})) as { data: { changes: { key: string } } };
  assert.equal(told.data.changes.key, missed);
});

test('a token that is not good is told by the code for it', async () => {
  const ws = sockets({ connectionParams: { authorization: 'Bearer nonsense' }, retryAttempts: 0 });
  const closed = await new Promise<{ code?: number; reason?: string }>((resolve) => {
    ws.subscribe({ query: TEXT }, { next: () => {}, error: (error) => resolve(error as CloseEvent), complete: () => {} });
  });
  assert.deepEqual([closed.code, closed.reason], [4403, 'Forbidden']);
});

test('what is wrong with a document is an error of that operation', async () => {
  const ws = sockets();
  const refused = await new Promise<unknown>((resolve) => {
    ws.subscribe({ query: 'subscription { nope }' }, { next: () => {}, error: resolve, complete: () => {} });
  });
  const [error] = refused as { extensions: { code: string } }[];
  assert.equal(error?.extensions.code, 'BAD_USER_INPUT');
});

test('server-sent events tell the same', async () => {
  const connected = pending();
  const sse = events.createClient({
    url: `${URL}/graphql/stream`,
    headers: { authorization: `Bearer ${token}` },
    on: { connected: () => connected.resolve() },
  });
  const stream = sse.iterate<{ changes: { key: string } }>({ query: TEXT });
  let code = '';
  const told = (await first(stream, connected.promise, async () => {
    code = await create();
  })) as { data: { changes: { key: string } } };
  assert.equal(told.data.changes.key, code);
  const answered = [];
  for await (const answer of sse.iterate({ query: '{ province(code: "25") { name } }' })) answered.push(answer.data);
  assert.deepEqual(answered, [{ province: { name: 'Phú Thọ' } }]);
  sse.dispose();
});
