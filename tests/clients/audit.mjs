// The audits of GraphQL over HTTP that graphql-http brings with it, each on the service at LIENTHONG_URL. Fails unless all are ok:
// the recommendations and the options too.

import { serverAudits } from 'graphql-http';

// A later version of the audits may have more; fewer would pass unseen.
const AUDITS = 61;

const url = `${process.env.LIENTHONG_URL}/graphql`;
const audits = serverAudits({ url, fetchFn: fetch });
let ok = 0;
for (const audit of audits) {
  const result = await audit.fn();
  console.log(`${result.status} ${audit.id} ${audit.name}${result.reason ? `: ${result.reason}` : ''}`);
  if (result.status === 'ok') ok += 1;
}
console.log(`${ok} of ${audits.length} audits are ok`);
if (ok !== audits.length || audits.length !== AUDITS) {
  console.error(`error: all ${AUDITS} must be`);
  process.exit(1);
}
