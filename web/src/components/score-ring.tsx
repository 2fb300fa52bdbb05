import type { Score } from '../api';
import { number, percent } from '../app/format';
import { t } from '../i18n';
import './score-ring.css';

const band = (value: number): string => (value >= 80 ? 'positive' : value >= 60 ? 'caution' : 'negative');

/** The score as an arc and a number. A dash where no item could be answered with yes or no. */
export function ScoreRing({ score, size = 44 }: { score: Score; size?: number }) {
  const stroke = size >= 80 ? 8 : 4;
  const radius = (size - stroke) / 2;
  const round = 2 * Math.PI * radius;
  const value = score.percent;
  const label = value === null ? t('score.none') : t('score.label', { percent: percent(value) });
  return (
    <span
      class={`score-ring ${value === null ? 'none' : band(value)}`}
      style={{ width: `${size}px`, height: `${size}px` }}
      role="img"
      aria-label={label}
    >
      <svg width={size} height={size} viewBox={`0 0 ${size} ${size}`} aria-hidden="true">
        <g fill="none" stroke-width={stroke} transform={`rotate(-90 ${size / 2} ${size / 2})`}>
          <circle class="rest" cx={size / 2} cy={size / 2} r={radius} />
          {value !== null && value > 0 && (
            <circle
              class="arc"
              cx={size / 2}
              cy={size / 2}
              r={radius}
              stroke-linecap="round"
              stroke-dasharray={`${(round * value) / 100} ${round}`}
            />
          )}
        </g>
      </svg>
      <b aria-hidden="true" style={{ fontSize: `${size * (size >= 80 ? 0.29 : 0.34)}px` }}>
        {value === null ? '–' : number(value)}
      </b>
    </span>
  );
}
