/** What this browser remembers for its person: language, theme, playback speed. Nothing secret. */
import { effect, signal } from '@preact/signals';
import { bestLanguage, isLanguage, type Language, language, speak } from '../i18n';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`dialix.${name}`);
  } catch {
    return null; // storage can be forbidden
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`dialix.${name}`, value);
  } catch {
    // then it lasts as long as the page
  }
}

const lastTheme = remembered('theme') as Theme | null;
export const theme = signal<Theme>(lastTheme && THEMES.includes(lastTheme) ? lastTheme : 'system');
effect(() => {
  if (typeof document !== 'undefined') document.documentElement.dataset.theme = theme.value;
});

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  remember('theme', chosen);
}

export function forget(name: string): void {
  try {
    localStorage.removeItem(`dialix.${name}`);
  } catch {
    // nothing was kept
  }
}

export const speed = signal(Number(remembered('speed')) || 1);

export function chooseSpeed(chosen: number): void {
  speed.value = chosen;
  remember('speed', String(chosen));
}

export async function chooseLanguage(chosen: Language): Promise<void> {
  await speak(chosen);
  remember('language', chosen);
}

export function firstLanguage(): Promise<void> {
  const chosen = remembered('language');
  return speak(isLanguage(chosen) ? chosen : bestLanguage(navigator.languages));
}

/** A person's own setting counts until this browser has been told otherwise. */
export async function followPerson(tag: string | null): Promise<void> {
  if (!remembered('language') && isLanguage(tag) && tag !== language.value) await speak(tag);
}
