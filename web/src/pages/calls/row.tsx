import type { CallRow } from '../../api';
import { clock, moment } from '../../app/format';
import { callName, DirectionMark, LanguageTag } from '../../components/call';
import { MoodMark } from '../../components/mood';
import { ScoreRing } from '../../components/score-ring';
import { StageMark } from '../../components/stage';
import { t } from '../../i18n';

/** One call. The name's link covers the whole row. */
export function Row({ row }: { row: CallRow }) {
  return (
    <li class="call-row" data-stage={row.stage}>
      <span class="call-row-score">{row.score ? <ScoreRing score={row.score} /> : <i aria-hidden="true" />}</span>
      <div class="call-row-main">
        <p class="call-row-name">
          <DirectionMark direction={row.direction} />
          <a href={`/calls/${row.id}`} data-row>
            {callName(row)}
          </a>
        </p>
        {row.stage === 'analyzed' ? (
          <p class="call-row-line">{row.summary || t('calls.no_summary')}</p>
        ) : (
          <p class="call-row-line">
            <StageMark stage={row.stage} reason={row.reason} retryable={row.retryable} />
          </p>
        )}
      </div>
      <span class="call-row-operator">{row.extension && t('call.extension', { extension: row.extension })}</span>
      <span class="call-row-mood">{row.sentiment && <MoodMark mood={row.sentiment.call.mood} />}</span>
      <span class="call-row-language">{row.language && <LanguageTag language={row.language} />}</span>
      <span class="call-row-length">
        {row.duration_ms !== null && (
          <>
            <span class="hidden-label">{t('call.length')} </span>
            {clock(row.duration_ms)}
          </>
        )}
      </span>
      <time class="call-row-time" dateTime={row.started_at}>
        {moment(row.started_at)}
      </time>
    </li>
  );
}
