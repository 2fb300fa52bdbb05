/** The page's words. Each language is a catalogue of its own, loaded when it is chosen. */
import { signal } from '@preact/signals';
import type uz from './uz';

export type Key = keyof typeof uz;
/** One text, or a text for each plural form of `{n}`. */
export type Message = string | { one: string; few?: string; many?: string; other: string };
export type Catalogue = Record<Key, Message>;
export type Params = Record<string, string | number>;

/** Each language by its own name. */
export const LANGUAGES = { uz: 'Oʻzbekcha', 'uz-Cyrl': 'Ўзбекча', ru: 'Русский', en: 'English' } as const;
export type Language = keyof typeof LANGUAGES;

const LOADERS: Record<Language, () => Promise<{ default: Catalogue }>> = {
  uz: () => import('./uz'),
  'uz-Cyrl': () => import('./uz-Cyrl'),
  ru: () => import('./ru'),
  en: () => import('./en'),
};

export const language = signal<Language>('uz');
const catalogue = signal<Catalogue | null>(null);

export const isLanguage = (tag: string | null | undefined): tag is Language => !!tag && tag in LANGUAGES;

/** The best of ours for a list of BCP 47 tags, Uzbek (Latin) when none fits. */
export function bestLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    if (isLanguage(tag)) return tag;
    if (/^uz-cyrl/i.test(tag)) return 'uz-Cyrl';
    const primary = tag.split('-')[0]?.toLowerCase();
    if (isLanguage(primary)) return primary;
  }
  return 'uz';
}

export async function speak(chosen: Language): Promise<void> {
  setCatalogue(chosen, (await LOADERS[chosen]()).default);
}

export function setCatalogue(chosen: Language, texts: Catalogue): void {
  catalogue.value = texts;
  language.value = chosen;
  if (typeof document !== 'undefined') document.documentElement.lang = chosen === 'uz' ? 'uz-Latn' : chosen;
}

export function t(key: Key, params?: Params): string {
  const message = catalogue.value?.[key];
  if (message === undefined) return key;
  const text = typeof message === 'string' ? message : plural(message, Number(params?.n ?? 0));
  return params ? text.replace(/\{(\w+)\}/g, (hole, name: string) => String(params[name] ?? hole)) : text;
}

function plural(forms: Exclude<Message, string>, n: number): string {
  const form = pluralForm(language.value, n);
  return (
    (form === 'few' ? forms.few : form === 'many' ? forms.many : form === 'one' ? forms.one : undefined) ?? forms.other
  );
}

/** Written out, because a browser need not know Uzbek. Counted nouns stay singular there. */
export function pluralForm(tag: Language, n: number): 'one' | 'few' | 'many' | 'other' {
  if (!Number.isInteger(n)) return 'other';
  if (tag !== 'ru') return n === 1 ? 'one' : 'other';
  const tens = n % 100;
  const ones = n % 10;
  if (ones === 1 && tens !== 11) return 'one';
  if (ones >= 2 && ones <= 4 && (tens < 12 || tens > 14)) return 'few';
  return 'many';
}
