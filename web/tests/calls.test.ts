import { describe, expect, it } from 'vitest';
import type { CallRow } from '../src/api';
import { found, merged } from '../src/pages/calls/list';
import { parseTranscript } from '../src/pages/calls/parse-transcript';

const aRow = (part: Partial<CallRow>): CallRow => ({
  id: 'c1',
  title: '',
  source: 'api_audio',
  direction: null,
  customer_phone: null,
  operator: null,
  extension: null,
  started_at: '2026-11-23T10:00:00Z',
  created_at: '2026-11-23T10:00:00Z',
  revision: 1,
  stage: 'analyzed',
  reason: null,
  retryable: false,
  duration_ms: null,
  language: null,
  score: null,
  sentiment: null,
  purpose: null,
  outcome: null,
  products: [],
  topics: [],
  objections: [],
  acquisition: null,
  is_over: null,
  satisfied: null,
  agreed: null,
  summary: null,
  cost_tiyin: 0,
  ...part,
});

describe('the list of calls', () => {
  it('holds each call once, the fresh one, newest first', () => {
    const old = [aRow({ id: 'a', stage: 'recorded' }), aRow({ id: 'b', started_at: '2026-11-22T10:00:00Z' })];
    const rows = merged([aRow({ id: 'a' }), aRow({ id: 'n', started_at: '2026-11-24T10:00:00Z' })], old);
    expect(rows.map(({ id, stage }) => [id, stage])).toEqual([
      ['n', 'analyzed'],
      ['a', 'analyzed'],
      ['b', 'analyzed'],
    ]);
  });

  it('finds a call by any spelling of an Uzbek apostrophe', () => {
    const row = aRow({ title: 'Toʻlov boʻyicha savol' });
    expect(found([row], "to'lov bo‘yicha")).toEqual([row]);
    expect(found([row], 'yetkazish')).toEqual([]);
  });

  it('finds a call by its phone however it is typed', () => {
    const row = aRow({ customer_phone: '+998901234567' });
    for (const typed of ['+998 90 123-45-67', '901234567', '4567']) expect(found([row], typed), typed).toEqual([row]);
  });
});

describe('a pasted transcript', () => {
  const turnsOf = (text: string) => {
    const parsed = parseTranscript(text);
    return parsed && 'transcript' in parsed ? parsed.transcript.turns : parsed;
  };

  it('knows who speaks in four ways of writing', () => {
    const text =
      'Operator: Salom\nMijoz: Salom\nОператор: Здравствуйте\nКлиент: Добрый день\nМижоз: Салом\nAgent 2: Hi\nCustomer: Hi';
    expect((turnsOf(text) as { speaker: string }[]).map((turn) => turn.speaker)).toEqual([
      'operator',
      'customer',
      'operator',
      'customer',
      'customer',
      'operator',
      'customer',
    ]);
  });

  it('takes the times that are there', () => {
    expect(turnsOf('[0:05] Operator: Salom\n[1:02:10] Mijoz: Ha')).toMatchObject([
      { start_ms: 5_000, text: 'Salom' },
      { start_ms: 3_730_000, text: 'Ha' },
    ]);
  });

  it('estimates the times that are missing, in order and without overlap', () => {
    const turns = turnsOf('Operator: Assalomu alaykum, eshitaman\nMijoz: Salom\nOperator: Ha') as {
      start_ms: number;
      end_ms: number;
    }[];
    for (const [i, turn] of turns.entries()) {
      expect(turn.end_ms).toBeGreaterThan(turn.start_ms);
      expect(turn.start_ms).toBeGreaterThanOrEqual(turns[i - 1]?.end_ms ?? 0);
    }
  });

  it('never ends a turn after the next begins, nor before it begins itself', () => {
    const turns = turnsOf(
      '[0:01] Operator: a long sentence that takes its time\n[0:02] Mijoz: ha\n[0:02] Operator: ok',
    ) as {
      start_ms: number;
      end_ms: number;
    }[];
    expect(turns.every((turn) => turn.end_ms > turn.start_ms)).toBe(true);
  });

  it('goes on with a turn that spans lines', () => {
    expect(turnsOf('Operator: Salom,\nsizga qanday yordam beray?')).toMatchObject([
      { text: 'Salom, sizga qanday yordam beray?' },
    ]);
  });

  it('names the line that nobody says', () => {
    expect(turnsOf('bu nima?')).toEqual({ line: 1 });
  });

  it('takes the JSON of the API, and refuses JSON that is not a transcript', () => {
    const turns = [{ speaker: 'operator', start_ms: 0, end_ms: 900, text: 'Salom' }];
    expect(turnsOf(JSON.stringify({ title: 'x', turns }))).toEqual(turns);
    expect(turnsOf(JSON.stringify(turns))).toEqual(turns);
    expect(turnsOf('{"turns": [{"text": "Salom"}]}')).toEqual({ line: 1 });
    expect(turnsOf('{"turns": [')).toEqual({ line: 1 });
  });

  it('is nothing while nothing is pasted', () => expect(parseTranscript('  \n')).toBeNull());
});
