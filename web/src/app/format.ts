/**
 * Numbers, money and times as text. By hand, because Chromium has no data for Uzbek in Latin letters and would
 * print English. Days and hours are the company's (Tashkent has had one offset since 1992).
 */
import { language, t } from '../i18n';

const TIME_ZONE_OFFSET_MS = 5 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const NBSP = '\u00a0';

function separators(): { group: string; decimal: string } {
  return language.value === 'en' ? { group: ',', decimal: '.' } : { group: NBSP, decimal: ',' };
}

export function number(value: number, digits = 0): string {
  const { group, decimal } = separators();
  const [whole = '0', fraction] = Math.abs(value).toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group);
  const sign = value < 0 && Number(value.toFixed(digits)) !== 0 ? '−' : '';
  return sign + grouped + (fraction ? decimal + fraction : '');
}

export const percent = (value: number): string => `${number(value)}%`;

/** 1/100 UZS as soums; the hundredths only where there are some. */
export function money(tiyin: number): string {
  return t('money.uzs', { amount: number(tiyin / 100, tiyin % 100 === 0 ? 0 : 2) });
}

/** 3:07 or 1:02:09: a place in a recording, or its length. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const pad = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** 2 min 5 s, 0.8 s: a length in words. */
export function span(ms: number): string {
  if (ms < 9_950) return t('time.s', { s: number(ms / 1000, ms % 1000 === 0 ? 0 : 1) });
  const total = Math.round(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  if (hours > 0) return `${t('time.h', { h: hours })} ${t('time.min', { min: minutes })}`;
  if (minutes === 0) return t('time.s', { s: seconds });
  return seconds === 0
    ? t('time.min', { min: minutes })
    : `${t('time.min', { min: minutes })} ${t('time.s', { s: seconds })}`;
}

/** A date whose UTC parts read as the company's local time. */
const local = (iso: string): Date => new Date(Date.parse(iso) + TIME_ZONE_OFFSET_MS);

export const timeOfDay = (iso: string): string => local(iso).toISOString().slice(11, 16);

export function day(iso: string, now = Date.now()): string {
  const dayNumber = (ms: number) => Math.floor(ms / DAY_MS);
  const ago = dayNumber(now + TIME_ZONE_OFFSET_MS) - dayNumber(local(iso).getTime());
  if (ago === 0) return t('date.today');
  return ago === 1 ? t('date.yesterday') : dayAndMonth(local(iso), now);
}

function dayAndMonth(date: Date, now: number): string {
  const month = t('date.months').split(' ')[date.getUTCMonth()] ?? '';
  const parts = { day: date.getUTCDate(), month, year: date.getUTCFullYear() };
  const isThisYear = parts.year === new Date(now + TIME_ZONE_OFFSET_MS).getUTCFullYear();
  return isThisYear ? t('date.day', parts) : t('date.day_year', parts);
}

export const moment = (iso: string, now = Date.now()): string => `${day(iso, now)}, ${timeOfDay(iso)}`;

/** A calendar date without a time, as in 2026-11-23. */
export function calendarDay(date: string, now = Date.now()): string {
  return dayAndMonth(new Date(`${date}T00:00:00Z`), now);
}

export const preciseTime = (iso: string): string => local(iso).toISOString().slice(11, 19);

export function bytes(count: number): string {
  if (count < 1024) return t('size.b', { n: number(count) });
  if (count < 1024 * 1024) return t('size.kb', { n: number(count / 1024) });
  return t('size.mb', { n: number(count / 1024 / 1024, 1) });
}

/** +998 90 123 45 67 for our own numbers, others as they are. */
export function phone(e164: string): string {
  const ours = /^\+998(\d{2})(\d{3})(\d{2})(\d{2})$/.exec(e164);
  return ours ? `+998 ${ours.slice(1).join(' ')}`.replaceAll(' ', NBSP) : e164;
}
