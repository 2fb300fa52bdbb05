import { describe, expect, it } from 'vitest';
import type { Turn, Word } from '../src/api';
import { match } from '../src/app/router';
import { silences, turnAt } from '../src/pages/call/playback';
import { talkSpans } from '../src/pages/call/talk';
import { channelSpeaker } from '../src/pages/call/waveform';

const aTurn = (part: Partial<Turn>): Turn => ({
  index: 0,
  speaker: 'operator',
  start_ms: 0,
  end_ms: 1000,
  text: '',
  language: null,
  words: [],
  ...part,
});
const aWord = (start_ms: number, end_ms: number): Word => ({ text: 'ha', start_ms, end_ms, confidence: 1 });

describe('the turn at a moment', () => {
  const turns = [
    aTurn({ start_ms: 1000, end_ms: 3000 }),
    aTurn({ start_ms: 2500, end_ms: 4000 }),
    aTurn({ start_ms: 6000, end_ms: 7000 }),
  ];

  it('is none before the first', () => expect(turnAt(turns, 500)).toBe(-1));
  it('is the later of two that overlap', () => expect(turnAt(turns, 2700)).toBe(1));
  it('stays the last one said while nobody speaks', () => expect(turnAt(turns, 5000)).toBe(1));
  it('begins with its first millisecond', () => expect(turnAt(turns, 6000)).toBe(2));
});

describe('silence to skip', () => {
  it('is where nobody speaks for long, with a breath left on each side', () => {
    const turns = [aTurn({ start_ms: 3000, end_ms: 4000 }), aTurn({ start_ms: 4500, end_ms: 5000 })];
    expect(silences(turns, 9000)).toEqual([
      { start_ms: 250, end_ms: 2750 },
      { start_ms: 5250, end_ms: 8750 },
    ]);
  });

  it('is found within a turn by its words', () => {
    const turns = [aTurn({ start_ms: 0, end_ms: 6000, words: [aWord(0, 500), aWord(5000, 6000)] })];
    expect(silences(turns, 6000)).toEqual([{ start_ms: 750, end_ms: 4750 }]);
  });

  it('is never found under somebody who speaks longer than the other', () => {
    const turns = [aTurn({ start_ms: 0, end_ms: 9000 }), aTurn({ start_ms: 1000, end_ms: 2000, speaker: 'customer' })];
    expect(silences(turns, 9000)).toEqual([]);
  });

  it('is none where nothing was transcribed', () => expect(silences([], 9000)).toEqual([]));
});

describe('the talk map', () => {
  it('shows each turn of a short call', () => {
    const turns = [aTurn({ start_ms: 0, end_ms: 500 }), aTurn({ start_ms: 500, end_ms: 900, speaker: 'customer' })];
    expect(talkSpans(turns, 'customer', 1000)).toEqual([{ start_ms: 500, end_ms: 900, share: 1 }]);
  });

  it('keeps all talk of a long call in its stretches', () => {
    const turns = Array.from({ length: 500 }, (_, i) => aTurn({ start_ms: i * 1000, end_ms: i * 1000 + 700 }));
    const spans = talkSpans(turns, 'operator', 500_000);
    expect(spans.reduce((sum, span) => sum + (span.end_ms - span.start_ms) * span.share, 0)).toBeCloseTo(500 * 700);
  });
});

describe('a channel', () => {
  it('belongs to the speaker during whose turns it is the louder one', () => {
    const turns = [aTurn({ start_ms: 0, end_ms: 400 }), aTurn({ start_ms: 400, end_ms: 800, speaker: 'customer' })];
    const peaks = [
      [2, 3, 2, 3, 200, 210, 190, 200],
      [180, 190, 200, 180, 4, 3, 4, 2],
    ];
    expect(channelSpeaker(peaks, 0, 100, turns)).toBe('customer');
    expect(channelSpeaker(peaks, 1, 100, turns)).toBe('operator');
  });

  it('is nobody’s while nothing was said', () => expect(channelSpeaker([[1], [2]], 0, 100, [])).toBe('unknown'));
});

describe('an address', () => {
  it('gives its parts by name', () => expect(match('/calls/:id', '/calls/a%20b')).toEqual({ id: 'a b' }));
  it('may end with a slash', () => expect(match('/calls', '/calls/')).toEqual({}));
  it('with a stray percent sign is none', () => expect(match('/calls/:id', '/calls/%')).toBeNull());
  it('is another when it is longer', () => expect(match('/calls', '/calls/7')).toBeNull());
});
