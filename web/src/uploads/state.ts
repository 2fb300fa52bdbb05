/** Files on their way to the product. Outlives a page: an upload goes on while its person reads. */
import { signal } from '@preact/signals';
import { ApiError, api, type CallRow, type NewTranscript } from '../api';
import { problemText } from '../app/problems';
import { t } from '../i18n';

export interface Upload {
  id: number;
  file: File;
  state: 'waiting' | 'sending' | 'sent' | 'known' | 'failed';
  /** 0 to 1. */
  share: number;
  problem: string;
  call: string | null;
}

/** As many at once as a modest line carries without starving the page. */
const AT_ONCE = 2;

export const uploads = signal<Upload[]>([]);
/** The last call that was sent, for lists that show it before they ask again. */
export const lastSent = signal<CallRow | null>(null);

let nextId = 1;
const aborts = new Map<number, AbortController>();

const change = (id: number, part: Partial<Upload>) => {
  uploads.value = uploads.value.map((each) => (each.id === id ? { ...each, ...part } : each));
};

export function addFiles(files: Iterable<File>): void {
  const added = [...files].map(
    (file): Upload => ({ id: nextId++, file, state: 'waiting', share: 0, problem: '', call: null }),
  );
  uploads.value = [...uploads.value, ...added];
  pump();
}

export function retry(id: number): void {
  change(id, { state: 'waiting', share: 0, problem: '' });
  pump();
}

export function remove(id: number): void {
  aborts.get(id)?.abort();
  uploads.value = uploads.value.filter((each) => each.id !== id);
}

export function clear(): void {
  for (const abort of aborts.values()) abort.abort();
  uploads.value = [];
}

function pump(): void {
  const sending = uploads.value.filter((each) => each.state === 'sending').length;
  for (const upload of uploads.value.filter((each) => each.state === 'waiting').slice(0, AT_ONCE - sending))
    void send(upload);
}

async function send({ id, file }: Upload): Promise<void> {
  const abort = new AbortController();
  aborts.set(id, abort);
  change(id, { state: 'sending' });
  try {
    const { call, isKnown } = isTranscript(file)
      ? await api.sendTranscript(await transcriptOf(file))
      : await api.sendRecording(file, (share) => change(id, { share }), abort.signal);
    change(id, { state: isKnown ? 'known' : 'sent', share: 1, call: call.id });
    lastSent.value = call;
  } catch (error) {
    change(id, { state: 'failed', problem: error instanceof ApiError ? problemText(error) : t('upload.unreadable') });
  } finally {
    aborts.delete(id);
    pump();
  }
}

const isTranscript = (file: File) => file.name.toLowerCase().endsWith('.json');

async function transcriptOf(file: File): Promise<NewTranscript> {
  const { title, started_at, direction, customer_phone, extension, language, turns } = JSON.parse(await file.text());
  // What else a file holds is its owner's business; the API refuses what it does not know.
  return { title, started_at, direction, customer_phone, extension, language, turns };
}
