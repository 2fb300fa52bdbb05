import type { Mood } from '../api';
import { t } from '../i18n';
import './mood.css';

const MOUTHS: Record<Mood, string> = {
  positive: 'M8 13.5c1 2 2.3 3 4 3s3-1 4-3',
  neutral: 'M8.5 15h7',
  negative: 'M8 16.500c1-2 2.3-3 4-3s3 1 4 3',
};

/** A mood by face, word and colour, so that none of the three is needed alone. */
export function MoodMark({ mood, hasWord = true }: { mood: Mood; hasWord?: boolean }) {
  return (
    <span class={`mood ${mood}`} title={hasWord ? undefined : t(`mood.${mood}`)}>
      <svg
        width="20"
        height="20"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="1.8"
        stroke-linecap="round"
        aria-hidden="true"
      >
        <circle cx="12" cy="12" r="9" />
        <path d={`M9 9.300v.4m6-.4v.4${MOUTHS[mood]}`} />
      </svg>
      <span class={hasWord ? '' : 'hidden-label'}>{t(`mood.${mood}`)}</span>
    </span>
  );
}
