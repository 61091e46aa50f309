// Apollo Client as an application would have it: documents whose types come from schema.graphql, pages of a list put
// together in the cache, and the token of who is signed in.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import { initGraphQLTada } from 'gql.tada';

import type { introspection } from './schema.js';

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Cursor: string; Date: string; DateTime: string; PartialDate: string; Period: string };
}>();

/** A request that a client sent, and the status that came back. */
interface Sent {
  method: string;
  text: string;
  status: number;
}

interface Options {
  /** Sent as `Authorization: Bearer …`. */
  token?: string;
  /** Whether documents are named by their hash, by GET. */
  persisted?: boolean;
}

/** A client with an empty cache, and what it sends. */
export function client({ token, persisted = false }: Options = {}) {
  const sent: Sent[] = [];
  const watched: typeof fetch = async (uri, init) => {
    const answer = await fetch(uri, init);
    const text = decodeURIComponent(`${String(uri)} ${String(init?.body ?? '')}`);
    sent.push({ method: init?.method ?? 'GET', text, status: answer.status });
    return answer;
  };
  const headers: Record<string, string> = { 'accept-language': 'en' };
  if (token) headers.authorization = `Bearer ${token}`;
  const links: ApolloLink[] = [new SetContextLink(() => ({ headers }))];
  if (persisted) {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    links.push(new PersistedQueryLink({ sha256, useGETForHashedQueries: true }));
  }
  links.push(new HttpLink({ uri: `${process.env.LIENTHONG_URL}/graphql`, fetch: watched }));
  const cache = new InMemoryCache({
    typePolicies: { Query: { fields: { plans: relayStylePagination(['filter', 'orderBy']) } } },
  });
  return { apollo: new ApolloClient({ cache, link: ApolloLink.from(links) }), sent };
}

const LOGIN = graphql(`
  mutation Login($input: LoginInput!) {
    login(input: $input) {
      accessToken
      tokenType
      viewer {
        username
        roles
      }
    }
  }
`);

/** The token of the administrator. */
export async function signIn(): Promise<string> {
  const input = { username: 'admin', password: String(process.env.LIENTHONG_PASSWORD) };
  const { data } = await client().apollo.mutate({ mutation: LOGIN, variables: { input } });
  assert.deepEqual([data?.login.tokenType, data?.login.viewer.username], ['Bearer', 'admin']);
  assert.deepEqual(data?.login.viewer.roles, ['ADMIN']);
  return data?.login.accessToken ?? '';
}
