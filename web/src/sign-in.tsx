// The sign-in panel beside the page title: the signed-in user or the form.

import { type FormEvent, useState, useSyncExternalStore } from 'react';

import { current, signIn, signOut, subscribe } from './session';

export function SignIn() {
  const session = useSyncExternalStore(subscribe, current);
  const [open, setOpen] = useState(false);
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);

  if (session) {
    return (
      <span className="sign-in">
        <b>{session.username}</b> {session.roles.join(', ')}
        <button type="button" onClick={() => void signOut().catch(() => undefined)}>
          Đăng xuất · Sign out
        </button>
      </span>
    );
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure('');
    try {
      await signIn(String(form.get('username')), String(form.get('password')));
      setOpen(false);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <span className="sign-in">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        Đăng nhập · Sign in
      </button>
      {open && (
        <form onSubmit={submit} aria-label="Sign in">
          <label>
            Tên đăng nhập · User name
            <input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus />
          </label>
          <label>
            Mật khẩu · Password
            <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button type="submit" disabled={busy}>
            Đăng nhập · Sign in
          </button>
          <p role="alert">{failure}</p>
        </form>
      )}
    </span>
  );
}
