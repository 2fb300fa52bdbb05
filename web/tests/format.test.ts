import { beforeEach, describe, expect, it } from 'vitest';
import {
  bytes,
  calendarDay,
  clock,
  day,
  moment,
  money,
  number,
  percent,
  phone,
  span,
  timeOfDay,
} from '../src/app/format';
import { type Catalogue, type Language, pluralForm, setCatalogue, t } from '../src/i18n';
import en from '../src/i18n/en';
import ru from '../src/i18n/ru';
import uz from '../src/i18n/uz';
import uzCyrl from '../src/i18n/uz-Cyrl';

const catalogues: Record<Language, Catalogue> = { uz, 'uz-Cyrl': uzCyrl, ru, en };
const speak = (language: Language) => setCatalogue(language, catalogues[language]);

describe('numbers', () => {
  beforeEach(() => speak('uz'));

  it('are grouped by a space that does not break, with a decimal comma', () => {
    expect(number(1284567.25, 2)).toBe('1\u00a0284\u00a0567,25');
    expect(number(999)).toBe('999');
  });

  it('are grouped by a comma in English', () => {
    speak('en');
    expect(number(1284.5, 1)).toBe('1,284.5');
  });

  it('carry a true minus, and none when they round to zero', () => {
    expect(number(-1500)).toBe('−1\u00a0500');
    expect(number(-0.2)).toBe('0');
  });

  it('round a percent to a whole one', () => expect(percent(77.6)).toBe('78%'));
});

describe('money', () => {
  it('is said in soums, with hundredths only where there are some', () => {
    speak('uz');
    expect(money(201_500)).toBe('2\u00a0015 soʻm');
    expect(money(201_550)).toBe('2\u00a0015,50 soʻm');
    speak('ru');
    expect(money(201_500)).toBe('2\u00a0015 сум');
    speak('en');
    expect(money(0)).toBe('UZS 0');
  });
});

describe('times', () => {
  beforeEach(() => speak('uz'));
  const now = Date.parse('2026-11-23T20:00:00Z'); // 24 November, 01:00 in Tashkent

  it('are those of Tashkent', () => expect(timeOfDay('2026-11-23T20:05:00Z')).toBe('01:05'));

  it('turn at midnight in Tashkent, not in UTC', () => {
    expect(day('2026-11-23T19:30:00Z', now)).toBe('Bugun');
    expect(day('2026-11-23T18:30:00Z', now)).toBe('Kecha');
    expect(day('2026-11-22T18:30:00Z', now)).toBe('22-noyabr');
  });

  it('name the year when it is another', () => {
    expect(day('2025-01-05T10:00:00Z', now)).toBe('2025-yil 5-yanvar');
    speak('ru');
    expect(day('2025-05-05T10:00:00Z', now)).toBe('5 мая 2025');
  });

  it('say a moment and a calendar day', () => {
    expect(moment('2026-11-20T07:00:00Z', now)).toBe('20-noyabr, 12:00');
    expect(calendarDay('2020-02-01')).toBe('2020-yil 1-fevral');
  });

  it('show a place in a recording with hours only where there are some', () => {
    expect(clock(0)).toBe('0:00');
    expect(clock(187_900)).toBe('3:07');
    expect(clock(3_729_000)).toBe('1:02:09');
  });

  it('say a length in words', () => {
    expect(span(800)).toBe('0,8 s');
    expect(span(3_000)).toBe('3 s');
    expect(span(65_000)).toBe('1 daq 5 s');
    expect(span(120_000)).toBe('2 daq');
    expect(span(3_720_000)).toBe('1 soat 2 daq');
  });
});

describe('sizes and phones', () => {
  it('are short', () => {
    speak('en');
    expect(bytes(900)).toBe('900 B');
    expect(bytes(3_500_000)).toBe('3.3 MB');
  });

  it('group our own numbers and leave others', () => {
    expect(phone('+998901234567')).toBe('+998\u00a090\u00a0123\u00a045\u00a067');
    expect(phone('+77012345678')).toBe('+77012345678');
  });
});

describe('plurals', () => {
  it('follow Russian', () => {
    const form = (n: number) => pluralForm('ru', n);
    expect([1, 2, 5, 11, 12, 21, 22, 25, 111, 114, 101].map(form)).toEqual([
      'one',
      'few',
      'many',
      'many',
      'many',
      'one',
      'few',
      'many',
      'many',
      'many',
      'one',
    ]);
    speak('ru');
    expect(t('calls.count', { n: 23 })).toBe('23 звонка');
  });

  it('leave a counted Uzbek noun alone', () => {
    speak('uz');
    expect(t('calls.count', { n: 23 })).toBe('23 ta qoʻngʻiroq');
  });
});
