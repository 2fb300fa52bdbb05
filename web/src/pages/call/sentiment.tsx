import type { CallSentiment, Sentiment, Turn } from '../../api';
import { percent } from '../../app/format';
import { SpeakerName } from '../../components/call';
import { MoodMark } from '../../components/mood';
import { t } from '../../i18n';
import { asEvidence, Quote } from './moment';
import type { Playback } from './playback';

const PROOFS_SHOWN = 3;

interface Props {
  sentiment: CallSentiment;
  turns: Turn[];
  playback: Playback;
}

/** How the call felt, as a whole and to each side, with the turns that prove it. */
export function SentimentPanel({ sentiment, turns, playback }: Props) {
  return (
    <section class="panel" aria-labelledby="sentiment">
      <h2 id="sentiment">{t('sentiment.title')}</h2>
      <ul class="sentiment-sides">
        <Side name={<strong>{t('sentiment.call')}</strong>} felt={sentiment.call} turns={turns} playback={playback} />
        {(['operator', 'customer'] as const).map(
          (side) =>
            sentiment[side] && (
              <Side
                key={side}
                name={<SpeakerName speaker={side} />}
                felt={sentiment[side]}
                turns={turns}
                playback={playback}
              />
            ),
        )}
      </ul>
    </section>
  );
}

function Side({
  name,
  felt,
  turns,
  playback,
}: {
  name: preact.ComponentChildren;
  felt: Sentiment;
  turns: Turn[];
  playback: Playback;
}) {
  const proofs = felt.turns
    .slice(0, PROOFS_SHOWN)
    .map((index) => turns.find((turn) => turn.index === index))
    .filter((turn) => turn !== undefined);
  return (
    <li>
      <p class="sentiment-mood">
        {name}
        <MoodMark mood={felt.mood} />
        <span class="quiet small">{t('sentiment.confidence', { percent: percent(felt.confidence * 100) })}</span>
      </p>
      {proofs.map((turn) => (
        <Quote key={turn.index} said={asEvidence(turn)} playback={playback} />
      ))}
    </li>
  );
}
