import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Message } from '../src/i18n';
import en from '../src/i18n/en';
import ru from '../src/i18n/ru';
import uz from '../src/i18n/uz';
import uzCyrl from '../src/i18n/uz-Cyrl';

const catalogues: Record<string, Record<string, Message>> = { uz, 'uz-Cyrl': uzCyrl, ru, en };
const keys = Object.keys(uz);

const root = join(import.meta.dirname, '../src');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('i18n'))
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('\n');
/** Keys are written whole, or as `` `prefix.${value}` ``, where the types allow only values that have a key. */
const written = new Set([...sources.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(([, key]) => key));
const prefixes = [...sources.matchAll(/t\(`([a-z_]+\.)\$\{/g)].map(([, prefix]) => prefix as string);

const texts = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message));
const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

describe('the catalogues', () => {
  it('hold the same keys in every language', () => {
    for (const [language, catalogue] of Object.entries(catalogues)) {
      expect(Object.keys(catalogue).sort(), language).toEqual([...keys].sort());
    }
  });

  it('hold no key that no page says', () => {
    const unused = keys.filter((key) => !written.has(key) && !prefixes.some((prefix) => key.startsWith(prefix)));
    expect(unused).toEqual([]);
  });

  it('lack no key that a page says', () => {
    const said = [...sources.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key as string);
    expect(said.filter((key) => !keys.includes(key))).toEqual([]);
  });

  it('fill the same holes in every language and every plural form', () => {
    for (const key of keys) {
      const wanted = holes(uz[key as keyof typeof uz]);
      for (const [language, catalogue] of Object.entries(catalogues)) {
        for (const text of texts(catalogue[key] ?? '')) expect(holes(text), `${language} ${key}`).toEqual(wanted);
      }
    }
  });

  it('say every Russian plural in one, few and many', () => {
    for (const [key, message] of Object.entries(ru as Record<string, Message>)) {
      if (typeof message !== 'string')
        expect(Object.keys(message).sort(), key).toEqual(['few', 'many', 'one', 'other']);
    }
  });

  it('leave no text empty and no stray space', () => {
    for (const [language, catalogue] of Object.entries(catalogues)) {
      for (const [key, message] of Object.entries(catalogue)) {
        for (const text of texts(message)) expect(text, `${language} ${key}`).toMatch(/^\S(.*\S)?$/s);
      }
    }
  });

  it('keep each language in its own letters', () => {
    const latin = /(?!\b(?:Dialix|WAV|MP3|OGG|M4A|AMR|JSON|API)\b)\b[A-Za-z]{2,}\b/;
    for (const key of keys) {
      const bare = (message: Message | undefined) =>
        texts(message ?? '')
          .join(' ')
          .replace(/\{\w+\}/g, '');
      expect(bare(uz[key as keyof typeof uz]), `uz ${key}`).not.toMatch(/\p{Script=Cyrillic}/u);
      expect(bare(catalogues['uz-Cyrl']?.[key]), `uz-Cyrl ${key}`).not.toMatch(latin);
      expect(bare(catalogues.ru?.[key]), `ru ${key}`).not.toMatch(latin);
    }
  });

  it('spell oʻ and gʻ with the letter ʻ and a stop with ʼ, never with an apostrophe', () => {
    for (const [key, text] of Object.entries(uz)) expect(text, key).not.toMatch(/['‘’`]/);
  });
});
