// The session of the signed-in user. Tokens are kept in memory only, so a reload signs the user out.

type Session = { username: string; roles: string[]; accessToken: string; refreshToken: string; endsAt: number };

let session: Session | undefined;
const listeners = new Set<() => void>();

function become(next: Session | undefined) {
  session = next;
  listeners.forEach((listener) => listener());
}

/** The current session and its changes, for `useSyncExternalStore`. */
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

/**
 * Renews a token that expires within 30 seconds. Concurrent requests share one renewal, because refresh tokens are
 * single-use.
 */
async function renewed() {
  if (session && session.endsAt - Date.now() < 30_000) {
    const { refreshToken } = session;
    renewing ??= begin(REFRESH, { refreshToken })
      .catch(() => become(undefined))
      .finally(() => (renewing = undefined));
    await renewing;
  }
}

/** `fetch` with the access token of the session, if there is one. */
export const authorizedFetch: typeof fetch = async (input, init) => {
  await renewed();
  const headers = new Headers(init?.headers);
  if (session && !headers.has('authorization')) headers.set('authorization', `Bearer ${session.accessToken}`);
  const response = await fetch(input, { ...init, headers });
  // The session was ended elsewhere. The page shows the server's error, and the next request is anonymous.
  if (response.status === 401) become(undefined);
  return response;
};
