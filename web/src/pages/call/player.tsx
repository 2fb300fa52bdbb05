import { useComputed } from '@preact/signals';
import { clock, number } from '../../app/format';
import { isTyping, useKeys } from '../../app/keyboard';
import { speed } from '../../app/preferences';
import { Icon } from '../../components/icon';
import { t } from '../../i18n';
import { type Playback, SPEEDS } from './playback';
import { Waveform } from './waveform';

const SEEK_STEP_MS = 5_000;

export function Player({ playback }: { playback: Playback }) {
  useKeys({
    ' ': (event) => {
      if (isButtonsOwn(event.target, playback)) return;
      event.preventDefault();
      playback.toggle();
    },
    ArrowLeft: (event) => step(event, -SEEK_STEP_MS),
    ArrowRight: (event) => step(event, SEEK_STEP_MS),
    '<': () => playback.stepSpeed(-1),
    '>': () => playback.stepSpeed(1),
    s: () => toggleSilence(),
  });
  const step = (event: KeyboardEvent, ms: number) => {
    if ((event.target as Element | null)?.matches?.('[type=radio]')) return;
    event.preventDefault();
    playback.seek(playback.currentMs.value + ms);
  };
  const toggleSilence = () => {
    playback.isSkippingSilence.value = !playback.isSkippingSilence.value;
  };
  const isPlaying = playback.isPlaying.value;
  return (
    <section class="player" aria-label={t('player.title')}>
      <button
        type="button"
        class="player-play"
        aria-label={isPlaying ? t('player.pause') : t('player.play')}
        onClick={playback.toggle}
      >
        <Icon name={isPlaying ? 'pause' : 'play'} size={22} />
      </button>
      <Waveform playback={playback} />
      <div class="player-tools">
        <span class="player-time">
          <Now playback={playback} />
          <span class="quiet"> / {clock(playback.durationMs.value)}</span>
        </span>
        <label>
          <span class="hidden-label">{t('player.speed')}</span>
          <select
            class="player-speed"
            value={String(speed.value)}
            onChange={(event) => playback.setSpeed(Number(event.currentTarget.value))}
          >
            {SPEEDS.map((each) => (
              <option key={each} value={String(each)}>
                {number(each, each % 1 === 0 ? 0 : each % 0.5 === 0 ? 1 : 2)}×
              </option>
            ))}
          </select>
        </label>
        {playback.gaps.value.length > 0 && (
          <label class="player-silence">
            <input type="checkbox" checked={playback.isSkippingSilence.value} onChange={toggleSilence} />
            {t('player.skip_silence')}
          </label>
        )}
      </div>
      {playback.hasFailed.value && (
        <p class="player-problem" role="alert">
          <Icon name="alert" size={16} />
          {t('player.failed')}
        </p>
      )}
    </section>
  );
}

function Now({ playback }: { playback: Playback }) {
  const text = useComputed(() => clock(playback.currentMs.value));
  return <b class="figures">{text}</b>;
}

/** Space belongs to a focused button, except to one that started what now plays. */
function isButtonsOwn(target: EventTarget | null, playback: Playback): boolean {
  if (isTyping(target)) return true;
  const button = (target as Element | null)?.closest?.('button, summary, a');
  return !!button && !(playback.isPlaying.value && button.matches('[data-moment]'));
}
