/** The list's state. It outlives the page, so that coming back from a call shows it at once. */
import { computed, signal } from '@preact/signals';
import { api, type CallRow, STAGES, type Stage } from '../../api';
import { isFinal } from '../../components/stage';

/** What a reader picks from; `moving` stands for every stage that is not final. */
export const FILTERS = ['', 'moving', 'analyzed', 'skipped', 'failed'] as const;
export type Filter = (typeof FILTERS)[number];

const MOVING_POLL_MS = 2_000;
const QUIET_POLL_MS = 8_000;
const MOST_PER_STAGE = 100;

export const rows = signal<CallRow[] | null>(null);
export const nextCursor = signal<string | null>(null);
export const problem = signal<unknown>(null);
export const isLoadingMore = signal(false);
let shownFilter: Filter | null = null;

export const isMoving = computed(() => rows.value?.some((row) => !isFinal(row.stage)) ?? false);
export const pollDelayMs = (): number => (isMoving.value ? MOVING_POLL_MS : QUIET_POLL_MS);

export const asFilter = (text: string): Filter => FILTERS.find((each) => each === text) ?? '';

/** The newest page again; what was loaded beyond it stays. */
export async function refresh(filter: Filter, signal?: AbortSignal): Promise<void> {
  if (shownFilter !== filter) {
    shownFilter = filter;
    rows.value = null;
    nextCursor.value = null;
    problem.value = null;
  }
  try {
    const page = filter === 'moving' ? await everyMoving(signal) : await api.calls({ stage: filter || null }, signal);
    if (shownFilter !== filter) return;
    const isLonger = (rows.value?.length ?? 0) > page.items.length && page.next_cursor !== null;
    rows.value = isLonger && rows.value ? merged(page.items, rows.value) : page.items;
    if (!isLonger) nextCursor.value = page.next_cursor;
    problem.value = null;
  } catch (error) {
    if (signal?.aborted) return;
    problem.value = error;
    throw error;
  }
}

export async function loadMore(filter: Filter): Promise<void> {
  if (isLoadingMore.value || filter === 'moving' || !nextCursor.value) return;
  isLoadingMore.value = true;
  try {
    const page = await api.calls({ stage: filter || null, cursor: nextCursor.value });
    rows.value = merged(rows.value ?? [], page.items);
    nextCursor.value = page.next_cursor;
  } catch (error) {
    problem.value = error;
  } finally {
    isLoadingMore.value = false;
  }
}

/** A call just sent stands in the list before it is asked for again. */
export function show(row: CallRow): void {
  if (rows.value && (shownFilter === '' || shownFilter === 'moving')) rows.value = merged([row], rows.value);
}

/** The API filters by one stage at a time. */
async function everyMoving(signal?: AbortSignal): Promise<{ items: CallRow[]; next_cursor: null }> {
  const stages: Stage[] = STAGES.filter((stage) => !isFinal(stage));
  const pages = await Promise.all(stages.map((stage) => api.calls({ stage, limit: MOST_PER_STAGE }, signal)));
  return {
    items: merged(
      pages.flatMap((page) => page.items),
      [],
    ),
    next_cursor: null,
  };
}

/** Newest first, each call once; `fresh` wins. */
export function merged(fresh: CallRow[], old: CallRow[]): CallRow[] {
  const byId = new Map(old.map((row) => [row.id, row]));
  for (const row of fresh) byId.set(row.id, row);
  return [...byId.values()].sort(
    (a, b) => Date.parse(b.started_at) - Date.parse(a.started_at) || (a.id < b.id ? 1 : -1),
  );
}

/** Rows that hold every word of `text` somewhere a reader sees it; a number by its digits however it is typed. */
export function found(all: CallRow[], text: string): CallRow[] {
  if (/^[\d\s()+-]*\d[\d\s()+-]*$/.test(text)) {
    const digits = text.replace(/\D/g, '');
    return all.filter((row) =>
      [row.customer_phone, row.extension, row.title].some((held) => held?.replace(/\D/g, '').includes(digits)),
    );
  }
  const words = folded(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return all;
  return all.filter((row) => {
    const held = folded([row.title, row.customer_phone, row.extension, row.summary].filter(Boolean).join(' '));
    return words.every((word) => held.includes(word));
  });
}

/** Uzbek apostrophes are typed in many ways. */
const folded = (text: string): string => text.toLowerCase().replace(/[ʻʼ‘’'`´]/g, "'");
