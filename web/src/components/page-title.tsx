import { useEffect, useRef } from 'preact/hooks';
import { visit } from '../app/router';

/** A page's heading and the tab's name. Coming from another page it takes the focus, as a full load would. */
export function PageTitle({ name }: { name: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${name} · Dialix`;
  }, [name]);
  useEffect(() => {
    if (visit.value > 0) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {name}
    </h1>
  );
}
