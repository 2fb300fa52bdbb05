/** Who is signed in. `undefined` until the refresh cookie has been asked. */
import { signal } from '@preact/signals';
import { ApiError, api, type Me, type Permission } from '../api';
import { followPerson, forget, remember, remembered } from './preferences';
import { address, navigate, query } from './router';

export const me = signal<Me | null | undefined>(undefined);
/** The product did not answer at the start, so nobody knows whether the session stands. */
export const startProblem = signal<unknown>(null);

export async function startSession(): Promise<void> {
  startProblem.value = null;
  // The cookie cannot be seen from here; without this note a first visit would begin with a refused request.
  if (!remembered('session')) {
    me.value = null;
    return;
  }
  try {
    await enter((await api.refresh()).user);
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
      me.value = null;
      forget('session');
    } else startProblem.value = error;
  }
}

export async function signIn(username: string, password: string): Promise<void> {
  await enter((await api.signIn(username, password)).user);
  const next = query('next');
  navigate(next.startsWith('/') && !next.startsWith('//') ? next : '/', { replace: true });
}

export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } catch {
    // Gone from this page either way; the cookie runs out by itself.
  }
  me.value = null;
  forget('session');
  navigate('/sign-in');
}

export const may = (permission: Permission): boolean => me.value?.permissions.includes(permission) ?? false;

async function enter(person: Me): Promise<void> {
  await followPerson(person.language);
  remember('session', '1');
  me.value = person;
}

api.whenSessionEnds(() => {
  if (!me.value) return;
  me.value = null;
  forget('session');
  navigate(`/sign-in?ended=1&next=${encodeURIComponent(address.value.pathname + address.value.search)}`);
});
