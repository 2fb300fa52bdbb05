/** What this browser remembers for its person: language, theme, playback speed. Nothing secret. */
import { effect, signal } from '@preact/signals';
import { bestLanguage, isLanguage, type Language, language, speak } from '../i18n';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

function read(name: string): string | null {
  try {
    return localStorage.getItem(`dialix.${name}`);
  } catch {
    return null; // storage can be forbidden
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`dialix.${name}`, value);
  } catch {
    // then it lasts as long as the page
  }
}

const remembered = read('theme') as Theme | null;
export const theme = signal<Theme>(remembered && THEMES.includes(remembered) ? remembered : 'system');
effect(() => {
  if (typeof document !== 'undefined') document.documentElement.dataset.theme = theme.value;
});

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  write('theme', chosen);
}

export const speed = signal(Number(read('speed')) || 1);

export function chooseSpeed(chosen: number): void {
  speed.value = chosen;
  write('speed', String(chosen));
}

export async function chooseLanguage(chosen: Language): Promise<void> {
  await speak(chosen);
  write('language', chosen);
}

export function firstLanguage(): Promise<void> {
  const chosen = read('language');
  return speak(isLanguage(chosen) ? chosen : bestLanguage(navigator.languages));
}

/** A person's own setting counts until this browser has been told otherwise. */
export async function followPerson(tag: string | null): Promise<void> {
  if (!read('language') && isLanguage(tag) && tag !== language.value) await speak(tag);
}
