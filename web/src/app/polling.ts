import { useEffect, useRef } from 'preact/hooks';

/**
 * Runs `work` again and again, `delayMs()` after its last end; never twice at once, and not in a hidden tab.
 * After a failure it waits longer each time, up to half a minute. Restarts when `key` changes.
 */
export function usePolling(
  work: (signal: AbortSignal) => Promise<void>,
  delayMs: () => number | null,
  key: string,
): void {
  const current = useRef({ work, delayMs });
  current.current = { work, delayMs };
  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    let failures = 0;
    let isRunning = false;
    const plan = () => {
      window.clearTimeout(timer);
      const delay = current.current.delayMs();
      if (delay === null || abort.signal.aborted || document.hidden) return;
      timer = window.setTimeout(run, Math.min(delay * 2 ** failures, Math.max(delay, 30_000)));
    };
    const run = async () => {
      if (isRunning) return;
      isRunning = true;
      try {
        await current.current.work(abort.signal);
        failures = 0;
      } catch {
        failures += 1; // shown by the work itself
      } finally {
        isRunning = false;
      }
      plan();
    };
    const onVisibility = () => {
      if (document.hidden) window.clearTimeout(timer);
      else void run();
    };
    document.addEventListener('visibilitychange', onVisibility);
    void run();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [key]);
}
