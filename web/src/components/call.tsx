/** Small facts of a call, said the same way everywhere. */
import type { CallRow, Direction, Speaker } from '../api';
import { phone, timeOfDay } from '../app/format';
import { t } from '../i18n';
import { Icon } from './icon';

export const callName = (row: Pick<CallRow, 'title' | 'customer_phone' | 'started_at'>): string =>
  row.title ||
  (row.customer_phone ? phone(row.customer_phone) : t('call.untitled', { time: timeOfDay(row.started_at) }));

export function DirectionMark({ direction }: { direction: Direction | null }) {
  if (!direction) return null;
  return (
    <span class="quiet direction" title={t(`direction.${direction}`)}>
      <Icon name={direction} size={16} />
      <span class="hidden-label">{t(`direction.${direction}`)}</span>
    </span>
  );
}

const LANGUAGE_NAMES = ['uz', 'ru', 'en', 'mixed'] as const;
type Spoken = (typeof LANGUAGE_NAMES)[number];

/** A recogniser may name a language that we have no word for. */
export const languageName = (language: string): string =>
  LANGUAGE_NAMES.includes(language as Spoken) ? t(`language.${language as Spoken}`) : language;

export function LanguageTag({ language }: { language: string }) {
  return <span class="tag">{languageName(language)}</span>;
}

export function SpeakerName({ speaker }: { speaker: Speaker }) {
  return <span class={`speaker ${speaker}`}>{t(`speaker.${speaker}`)}</span>;
}
