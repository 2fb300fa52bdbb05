import { useEffect } from 'preact/hooks';

/** The tab's name while a page is open. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Dialix` : 'Dialix';
  }, [title]);
}
