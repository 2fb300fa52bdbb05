import type { Analysis, Call, Turn } from '../../api';
import { calendarDay, clock, number } from '../../app/format';
import { SpeakerName } from '../../components/call';
import { Icon } from '../../components/icon';
import { ScoreRing } from '../../components/score-ring';
import { t } from '../../i18n';
import { Quote } from './moment';
import type { Playback } from './playback';

interface Props {
  call: Call;
  analysis: Analysis;
  turns: Turn[];
  playback: Playback;
}

/** What a reader wants first: the score, and what the call was about. */
export function SummaryPanel({ call, analysis, turns, playback }: Props) {
  const score = analysis.score ?? call.score;
  const items = analysis.checklist?.segments.flatMap((segment) => segment.items) ?? [];
  const failed = items.filter((item) => score?.critical_failed.includes(item.id));
  const rested = analysis.summary_turns
    .map((index) => turns.find((turn) => turn.index === index))
    .filter((turn) => turn !== undefined);
  return (
    <section class="panel summary" aria-labelledby="summary">
      {score && (
        <div class="summary-score">
          <ScoreRing score={score} size={116} />
          <p class="small">
            {score.possible > 0 &&
              t('score.points', { earned: number(score.earned), possible: number(score.possible) })}
            {score.uncertain > 0 && <span class="quiet"> {t('score.uncertain', { n: score.uncertain })}</span>}
          </p>
        </div>
      )}
      <div class="summary-text">
        <h2 id="summary">{t('summary.title')}</h2>
        <p>{analysis.summary || t('calls.no_summary')}</p>
        {rested.length > 0 && (
          <p class="summary-turns small">
            <span class="quiet">{t('summary.rests_on')}</span>
            {rested.map((turn) => (
              <button
                key={turn.index}
                type="button"
                class="time-chip"
                data-moment
                title={turn.text}
                onClick={() => playback.show({ turn: turn.index, start_ms: turn.start_ms, end_ms: turn.end_ms })}
              >
                {clock(turn.start_ms)}
              </button>
            ))}
          </p>
        )}
        <dl class="facts">
          {analysis.purpose && <Fact name={t('summary.purpose')} value={analysis.purpose.title} />}
          {analysis.outcome && <Fact name={t('summary.outcome')} value={analysis.outcome.title} />}
          {analysis.products.length > 0 && <Fact name={t('summary.products')} value={titles(analysis.products)} />}
          {analysis.topics.length > 0 && <Fact name={t('summary.topics')} value={titles(analysis.topics)} />}
          {analysis.source && <Fact name={t('summary.source')} value={analysis.source.title} />}
        </dl>
      </div>
      {failed.length > 0 && (
        <p class="notice bad summary-critical">
          <Icon name="alert" />
          <span>
            <strong>{t('score.critical')}</strong>
            {failed.map((item) => item.text).join('; ')}
          </span>
        </p>
      )}
    </section>
  );
}

const titles = (all: { title: string }[]) => all.map((each) => each.title).join(', ');

export function Fact({ name, value }: { name: string; value: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

export function Promises({ promises, playback }: { promises: Analysis['promises']; playback: Playback }) {
  return (
    <section class="panel" aria-labelledby="promises">
      <h2 id="promises">{t('promises.title')}</h2>
      <ul class="promises">
        {promises.map((promise, i) => (
          <li key={i}>
            <p>
              <SpeakerName speaker={promise.by} />
              {promise.due && (
                <span class="tag">
                  {t('promises.due')} <time dateTime={promise.due}>{calendarDay(promise.due)}</time>
                </span>
              )}
            </p>
            <Quote said={promise.evidence} playback={playback} />
          </li>
        ))}
      </ul>
    </section>
  );
}
