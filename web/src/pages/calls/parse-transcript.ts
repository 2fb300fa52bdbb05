/** A pasted dialogue to turns: our own JSON, or lines such as `[0:12] Operator: …` as people write them. */
import type { NewTranscript, Speaker, TranscriptTurn } from '../../api';

export type Parsed = { transcript: NewTranscript; hasGuessedTimes: boolean } | { line: number } | null;

const NAMES: Record<Exclude<Speaker, 'unknown'>, string[]> = {
  operator: ['operator', 'оператор', 'menejer', 'менеджер', 'agent', 'агент', 'o', 'о'],
  customer: ['customer', 'client', 'mijoz', 'мижоз', 'клиент', 'покупатель', 'xaridor', 'харидор', 'c', 'm', 'м', 'к'],
};

const LINE =
  /^\s*(?:[[(]?(?<time>\d{1,2}(?::\d{2}){1,2})(?:[.,]\d+)?[\])]?\s*[-–—]?\s*)?(?<name>\p{L}[\p{L}\d .№#-]{0,24}?)\s*[:：]\s*(?<text>.*)$/u;

/** How long a text takes to say, about 14 letters a second, and the pause before the next one answers. */
const MS_PER_LETTER = 70;
const PAUSE_MS = 400;

/** null where there is nothing yet; `line` is the first (from 1) that cannot be understood. */
export function parseTranscript(pasted: string): Parsed {
  const text = pasted.trim();
  if (!text) return null;
  if (text.startsWith('{') || text.startsWith('[{')) return fromJson(text);
  return fromLines(text);
}

function fromJson(text: string): Parsed {
  try {
    const given = JSON.parse(text) as NewTranscript | TranscriptTurn[];
    const transcript = Array.isArray(given) ? { turns: given } : given;
    if (!Array.isArray(transcript.turns) || transcript.turns.length === 0) return { line: 1 };
    if (!transcript.turns.every(isTurn)) return { line: 1 };
    return { transcript, hasGuessedTimes: false };
  } catch {
    return { line: 1 };
  }
}

const isTurn = (turn: Partial<TranscriptTurn>): boolean =>
  typeof turn.text === 'string' && Number.isInteger(turn.start_ms) && Number.isInteger(turn.end_ms);

function fromLines(text: string): Parsed {
  const said: { speaker: Speaker; startMs: number | null; text: string }[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (!line.trim()) continue;
    const groups = LINE.exec(line)?.groups;
    const speaker = groups?.name && speakerOf(groups.name);
    if (groups && speaker) {
      said.push({ speaker, startMs: groups.time ? milliseconds(groups.time) : null, text: (groups.text ?? '').trim() });
    } else {
      // A line without a name goes on with what was being said.
      const last = said.at(-1);
      if (!last) return { line: i + 1 };
      last.text = `${last.text} ${line.trim()}`.trim();
    }
  }
  const turns = timed(said.filter((each) => each.text));
  if (turns.length === 0) return { line: 1 };
  return { transcript: { turns }, hasGuessedTimes: said.some((each) => each.startMs === null) };
}

function timed(said: { speaker: Speaker; startMs: number | null; text: string }[]): TranscriptTurn[] {
  let clock = 0;
  return said.map(({ speaker, startMs, text }, i) => {
    const start = Math.max(clock, startMs ?? clock);
    const next = said[i + 1]?.startMs ?? null;
    const spoken = start + Math.max(500, text.length * MS_PER_LETTER);
    const end = next !== null && next > start ? Math.min(next, spoken) : spoken;
    clock = end + (next === null ? PAUSE_MS : 0);
    return { speaker, start_ms: start, end_ms: end, text };
  });
}

function speakerOf(name: string): Speaker | null {
  const first =
    name
      .trim()
      .toLowerCase()
      .split(/[\s\d.№#-]/)[0] ?? '';
  if (NAMES.operator.includes(first)) return 'operator';
  if (NAMES.customer.includes(first)) return 'customer';
  return null;
}

function milliseconds(time: string): number {
  return time.split(':').reduce((total, part) => total * 60 + Number(part), 0) * 1000;
}
