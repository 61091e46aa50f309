import 'graphiql/setup-workers/vite';
// The parts of graphiql/style.css without a second copy of the editor's styles and without Fira Code (see fonts.css).
import '@graphiql/react/font/roboto.css';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './fonts.css';
import './page.css';

import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { authorizedFetch } from './session';
import { SignIn } from './sign-in';
import { starters } from './starters';

const fetcher = createGraphiQLFetcher({
  url: '/graphql',
  headers: { accept: 'application/graphql-response+json, application/json' },
  fetch: authorizedFetch,
  enableIncrementalDelivery: false,
});

const page = (
  <GraphiQL fetcher={fetcher} defaultTabs={starters}>
    <GraphiQL.Logo>
      <h1>LienThong</h1>
      <a href="/schema.graphql">schema.graphql</a>
      <SignIn />
    </GraphiQL.Logo>
  </GraphiQL>
);

// The editor measures its font once, when it is created. Load the font first, or it measures a fallback font.
document.fonts
  .load('15px "Fira Code"', 'aăế')
  .finally(() => createRoot(document.getElementById('root')!).render(page));
