import type { Analysis, Call } from '../../api';
import { bytes, moment, money, number, preciseTime, span } from '../../app/format';
import { t } from '../../i18n';
import { Fact } from './summary';

/** How the call went through the product, stage by stage, and how long each took. */
export function History({ call }: { call: Call }) {
  const { history } = call;
  const isManyRevisions = new Set(history.map((change) => change.revision)).size > 1;
  return (
    <section class="panel" aria-labelledby="history">
      <h2 id="history">{t('history.title')}</h2>
      <ol class="history">
        {history.map((change, i) => {
          const before = history[i - 1];
          const took = before ? Date.parse(change.at) - Date.parse(before.at) : null;
          return (
            <li key={i} class={change.stage}>
              <span>
                {t(`stage.${change.stage}`)}
                {isManyRevisions && <span class="quiet"> · {t('history.revision', { n: change.revision })}</span>}
                {change.reason && <span class="quiet"> · {t(`reason.${change.reason}`)}</span>}
              </span>
              <span class="quiet small">{took !== null && `+${span(took)}`}</span>
              <time class="quiet small" dateTime={change.at} title={moment(change.at)}>
                {preciseTime(change.at)}
              </time>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** What the call cost, and what it was made of. */
export function Details({ call, analysis }: { call: Call; analysis: Analysis | null }) {
  const { audio, recording, cost } = call;
  return (
    <section class="panel" aria-labelledby="details">
      <h2 id="details">{t('details.title')}</h2>
      <dl class="facts columns">
        <Fact name={t('cost.total')} value={<b>{money(cost.total_tiyin)}</b>} />
        <Fact name={t('cost.recognition')} value={money(cost.recognition_tiyin)} />
        <Fact name={t('cost.judgement')} value={money(cost.judgement_tiyin)} />
        <Fact name={t('details.source')} value={t(`source.${call.source}`)} />
        {audio && (
          <Fact
            name={t('details.audio')}
            value={`${audio.codec}, ${number(audio.sample_rate_hz / 1000, audio.sample_rate_hz % 1000 ? 1 : 0)} ${t('details.khz')}, ${t('details.channels', { n: audio.channels })}`}
          />
        )}
        {recording && (
          <Fact name={t('details.file')} value={`${recording.name || '–'} (${bytes(recording.size_bytes)})`} />
        )}
        {analysis && <Fact name={t('details.judge')} value={`${analysis.model} · ${analysis.prompt_version}`} />}
        <Fact name={t('details.arrived')} value={moment(call.created_at)} />
      </dl>
    </section>
  );
}
