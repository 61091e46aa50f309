// The plans of a province, with types that follow from schema.graphql: a misspelt field does not compile.

import { initGraphQLTada, type ResultOf } from 'gql.tada';
import { print } from 'graphql';

import type { introspection } from './schema.js';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Cursor: string; Date: string; DateTime: string; PartialDate: string; Period: string };
}>();

const Plans = graphql(`
  query Plans($code: String!, $after: Cursor) {
    province(code: $code) {
      fullName
      plans(first: 20, after: $after) {
        nodes { id title number area { fullName } }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
`);

type Province = NonNullable<ResultOf<typeof Plans>['province']>;
type Plan = Province['plans']['nodes'][number];

/** An error of the service, with its stable code. */
export class ServiceError extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

async function execute(url: string, variables: { code: string; after: string | null }): Promise<ResultOf<typeof Plans>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query: print(Plans), variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new ServiceError(errors[0].message, errors[0].extensions.code);
  return data;
}

/** The province that holds a code today, with all its plans; null where none does. */
export async function plansOf(url: string, code: string): Promise<{ fullName: string; plans: Plan[] } | null> {
  const plans: Plan[] = [];
  for (let after: string | null = null; ; ) {
    const { province }: ResultOf<typeof Plans> = await execute(url, { code, after });
    if (!province) return null;
    plans.push(...province.plans.nodes);
    const { endCursor, hasNextPage } = province.plans.pageInfo;
    if (!hasNextPage) return { fullName: province.fullName, plans };
    after = endCursor;
  }
}
