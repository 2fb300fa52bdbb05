/** Addresses: the History API and a signal. Links are plain `<a href>`; a click on one of ours stays in the page. */
import { computed, signal } from '@preact/signals';

const here = () => new URL(window.location.href);

export const address = signal<URL>(new URL('http://localhost/'));
export const path = computed(() => address.value.pathname);
/** Grows with every visit to a page, not with changes of its query. */
export const visit = signal(0);

export const query = (name: string): string => address.value.searchParams.get(name) ?? '';

export function navigate(to: string, { replace = false } = {}): void {
  const target = new URL(to, window.location.origin);
  const isOtherPage = target.pathname !== address.value.pathname;
  window.history[replace ? 'replaceState' : 'pushState'](null, '', target);
  address.value = target;
  if (isOtherPage) {
    visit.value += 1;
    window.scrollTo(0, 0);
  }
}

/** Changes the query in place; an empty value leaves it. */
export function setQuery(changes: Record<string, string>): void {
  const target = new URL(address.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value) target.searchParams.set(name, value);
    else target.searchParams.delete(name);
  }
  navigate(target.pathname + target.search, { replace: true });
}

/** `/calls/:id` against `/calls/7` gives `{id: '7'}`; null when it does not match. */
export function match(pattern: string, pathname: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = pathname.replace(/(.)\/$/, '$1').split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith(':')) {
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null; // a stray % in an address
      }
    } else if (part !== value) return null;
  }
  return params;
}

export function startRouter(): void {
  address.value = here();
  window.addEventListener('popstate', () => {
    address.value = here();
    visit.value += 1;
  });
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = (event.target as Element).closest?.('a[href]');
    if (!(link instanceof HTMLAnchorElement) || link.target || link.download) return;
    const target = new URL(link.href);
    if (target.origin !== window.location.origin || /^\/(v1|docs|openapi)/.test(target.pathname)) return;
    if (target.hash) return;
    event.preventDefault();
    navigate(target.pathname + target.search);
  });
}
