import type { Speaker, TalkFigures, Turn } from '../../api';
import { clock, number, percent, span } from '../../app/format';
import { SpeakerName } from '../../components/call';
import { t } from '../../i18n';
import type { Playback } from './playback';

const ORDER: readonly Speaker[] = ['operator', 'customer', 'unknown'];

/** Who talked when, and for how long. */
export function Talk({ talk, turns, playback }: { talk: TalkFigures; turns: Turn[]; playback: Playback }) {
  const speakers = ORDER.filter((each) => talk.speakers[each]);
  const all = talk.duration_ms || 1;
  const share = (ms: number) => percent((ms / all) * 100);
  return (
    <section class="panel" aria-labelledby="talk">
      <h2 id="talk">{t('talk.title')}</h2>
      {turns.length > 0 && (
        <div class="talk-map" aria-hidden="true">
          {speakers.map((speaker) => (
            <div key={speaker} class={`talk-lane ${speaker}`}>
              {talkSpans(turns, speaker, all).map(({ start_ms, end_ms, share }) => (
                // biome-ignore lint/a11y: a shortcut for the mouse; the transcript holds the same turns as buttons
                <i
                  key={start_ms}
                  style={{
                    left: `${(start_ms / all) * 100}%`,
                    width: `${((end_ms - start_ms) / all) * 100}%`,
                    transform: `scaleY(${share})`,
                  }}
                  onClick={() => playback.playFrom(start_ms)}
                />
              ))}
            </div>
          ))}
          <Playhead playback={playback} durationMs={all} />
          <p class="talk-axis">
            <span>0:00</span>
            <span>{clock(all)}</span>
          </p>
        </div>
      )}
      <div class="table-box">
        <table class="talk-table">
          <thead>
            <tr>
              <td />
              {speakers.map((speaker) => (
                <th key={speaker} scope="col">
                  <SpeakerName speaker={speaker} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Figure
              name={t('talk.talk')}
              cells={speakers.map((s) => withShare(talk.speakers[s]?.talk_ms ?? 0, share))}
            />
            <Figure
              name={t('talk.monologue')}
              cells={speakers.map((s) => span(talk.speakers[s]?.longest_monologue_ms ?? 0))}
            />
            <Figure
              name={t('talk.delay')}
              cells={speakers.map((s) => delay(talk.speakers[s]?.answer_delay_ms ?? null))}
            />
            <Figure
              name={t('talk.interruptions')}
              cells={speakers.map((s) => number(talk.speakers[s]?.interruptions ?? 0))}
            />
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t('talk.silence')}</th>
              <td colSpan={Math.max(1, speakers.length)}>{withShare(talk.silence_ms, share)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </section>
  );
}

/** More turns than this would run together into a band. */
const MOST_SPANS = 200;

/** Where one speaker talks. In a long call, how much of each stretch, as `share` from 0 to 1. */
export function talkSpans(
  turns: Turn[],
  speaker: Speaker,
  durationMs: number,
): { start_ms: number; end_ms: number; share: number }[] {
  const own = turns.filter((turn) => turn.speaker === speaker);
  if (turns.length <= MOST_SPANS) return own.map(({ start_ms, end_ms }) => ({ start_ms, end_ms, share: 1 }));
  const size = durationMs / MOST_SPANS;
  const talked = new Array<number>(MOST_SPANS).fill(0);
  for (const turn of own) {
    for (let i = Math.floor(turn.start_ms / size); i < MOST_SPANS && i * size < turn.end_ms; i++) {
      talked[i] = (talked[i] ?? 0) + Math.min(turn.end_ms, (i + 1) * size) - Math.max(turn.start_ms, i * size);
    }
  }
  return talked.flatMap((ms, i) =>
    ms > 0 ? [{ start_ms: i * size, end_ms: (i + 1) * size, share: Math.min(1, ms / size) }] : [],
  );
}

const delay = (ms: number | null): string => (ms === null ? '–' : span(ms));

const withShare = (ms: number, share: (ms: number) => string) => (
  <>
    {span(ms)} <span class="quiet">{share(ms)}</span>
  </>
);

function Figure({ name, cells }: { name: string; cells: preact.ComponentChildren[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, i) => (
        <td key={i}>{cell}</td>
      ))}
    </tr>
  );
}

function Playhead({ playback, durationMs }: { playback: Playback; durationMs: number }) {
  const now = playback.currentMs.value;
  return now > 0 ? <b class="talk-now" style={{ left: `${Math.min(100, (now / durationMs) * 100)}%` }} /> : null;
}
