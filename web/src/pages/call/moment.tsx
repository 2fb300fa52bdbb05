import type { Evidence, Turn } from '../../api';
import { clock } from '../../app/format';
import { SpeakerName } from '../../components/call';
import { Icon } from '../../components/icon';
import { t } from '../../i18n';
import type { Playback } from './playback';

/** Words that were said, as a button that plays them. */
export function Quote({ said, playback }: { said: Evidence; playback: Playback }) {
  const isVerified = said.is_verified;
  return (
    <button
      type="button"
      class={`quote ${isVerified ? '' : 'unverified'}`}
      data-moment
      onClick={() => playback.show(said)}
    >
      <span class="quote-who">
        {playback.canPlay.value && <span class="hidden-label">{t('player.play')}: </span>}
        <Icon name={playback.canPlay.value ? 'play' : 'target'} size={14} />
        <SpeakerName speaker={said.speaker} />
        <span class="quiet">{clock(said.start_ms)}</span>
        {!isVerified && <span class="quote-flag">{t('evidence.unverified')}</span>}
      </span>
      <q>{said.quote}</q>
    </button>
  );
}

export const asEvidence = ({ index, speaker, start_ms, end_ms, text }: Turn): Evidence => ({
  turn: index,
  quote: text,
  speaker,
  start_ms,
  end_ms,
  is_verified: true,
});
