// Who is signed in: known to this page alone. The tokens are kept in memory, so that a reload forgets them.

type Session = { username: string; roles: string[]; accessToken: string; refreshToken: string; endsAt: number };

let session: Session | undefined;
const listeners = new Set<() => void>();

function become(next: Session | undefined) {
  session = next;
  listeners.forEach((listener) => listener());
}

/** For React: who is signed in, and when that changes. */
export const current = () => session;
export function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const SESSION = '{ accessToken refreshToken expiresIn viewer { username roles } }';
const LOGIN = `mutation Login($input: LoginInput!) { session: login(input: $input) ${SESSION} }`;
const REFRESH = `mutation Refresh($input: RefreshInput!) { session: refresh(input: $input) ${SESSION} }`;
const LOGOUT = 'mutation Logout($input: LogoutInput!) { logout(input: $input) }';

async function ask(query: string, input: object) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

async function begin(query: string, input: object) {
  const { session } = await ask(query, input);
  const { accessToken, refreshToken, expiresIn, viewer } = session;
  become({ ...viewer, accessToken, refreshToken, endsAt: Date.now() + expiresIn * 1000 });
}

export const signIn = (username: string, password: string) => begin(LOGIN, { username, password });

export async function signOut() {
  const refreshToken = session?.refreshToken;
  become(undefined);
  if (refreshToken) await ask(LOGOUT, { refreshToken });
}

let renewing: Promise<void> | undefined;

/** Renews a token that is about to end; several requests wait for one renewal. */
async function renewed() {
  if (session && session.endsAt - Date.now() < 30_000) {
    const { refreshToken } = session;
    renewing ??= begin(REFRESH, { refreshToken })
      .catch(() => become(undefined))
      .finally(() => (renewing = undefined));
    await renewing;
  }
}

/** `fetch`, as whoever is signed in. */
export const authorizedFetch: typeof fetch = async (input, init) => {
  await renewed();
  const headers = new Headers(init?.headers);
  if (session && !headers.has('authorization')) headers.set('authorization', `Bearer ${session.accessToken}`);
  const response = await fetch(input, { ...init, headers });
  // It was ended elsewhere: what the server says of it is shown, and the next request is a stranger's.
  if (response.status === 401) become(undefined);
  return response;
};
