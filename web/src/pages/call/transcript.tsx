import { effect, useComputed } from '@preact/signals';
import { Fragment } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Turn, Word } from '../../api';
import { clock } from '../../app/format';
import { SpeakerName } from '../../components/call';
import { t } from '../../i18n';
import type { Playback } from './playback';

/** Below this a recogniser is not sure of a word. */
const SURE = 0.5;

interface Props {
  turns: Turn[];
  playback: Playback;
  /** Chosen on a phone, where it shares the screen with the result. */
  isInFront: boolean;
}

/** Who said what, following what plays until somebody scrolls; a click on a turn or a word plays it. */
export function Transcript({ turns, playback, isInFront }: Props) {
  const list = useRef<HTMLOListElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const following = useRef(isFollowing);
  following.current = isFollowing;

  useEffect(
    () =>
      effect(() => {
        const now = playback.turns.value[playback.turnNow.value]?.index ?? -1;
        const isPlaying = playback.isPlaying.value;
        if (isPlaying && following.current) reveal(list.current, now);
      }),
    [playback],
  );
  useEffect(
    () =>
      effect(() => {
        const moment = playback.focused.value;
        if (!moment) return;
        setFollowing(true);
        requestAnimationFrame(() => reveal(list.current, moment.turn));
      }),
    [playback],
  );
  useEffect(() => {
    const asked = playback.focused.value?.turn ?? turns[playback.turnNow.value]?.index;
    if (isInFront && asked !== undefined && playback.currentMs.value > 0) reveal(list.current, asked);
  }, [isInFront]);
  const stopFollowing = () => {
    if (playback.isPlaying.value) setFollowing(false);
  };

  return (
    <div class="transcript" onWheel={stopFollowing} onTouchMove={stopFollowing}>
      <ol ref={list} aria-label={t('call.transcript')}>
        {turns.map((turn, i) => (
          <TurnView
            key={turn.index}
            turn={turn}
            position={i}
            isSameSpeaker={turns[i - 1]?.speaker === turn.speaker}
            playback={playback}
          />
        ))}
      </ol>
      {!isFollowing && playback.isPlaying.value && (
        <button type="button" class="button transcript-follow" onClick={() => setFollowing(true)}>
          {t('transcript.follow')}
        </button>
      )}
    </div>
  );
}

interface TurnProps {
  turn: Turn;
  position: number;
  isSameSpeaker: boolean;
  playback: Playback;
}

const TurnView = memo(function TurnView({ turn, position, isSameSpeaker, playback }: TurnProps) {
  const isNow = useComputed(() => playback.turnNow.value === position && playback.currentMs.value > 0);
  const isFocused = useComputed(() => playback.focused.value?.turn === turn.index);
  return (
    <li
      class={`turn ${turn.speaker} ${isNow.value ? 'now' : ''} ${isFocused.value ? 'focused' : ''}`}
      data-turn={turn.index}
      aria-current={isNow.value ? 'true' : undefined}
    >
      <button
        type="button"
        class="turn-time"
        data-moment
        aria-label={t('transcript.play_from', { speaker: t(`speaker.${turn.speaker}`), time: clock(turn.start_ms) })}
        onClick={() => playback.playFrom(turn.start_ms)}
      >
        {clock(turn.start_ms)}
      </button>
      <div class="turn-said">
        {!isSameSpeaker && (
          <p class="turn-who">
            <SpeakerName speaker={turn.speaker} />
          </p>
        )}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the time's button does the same for a keyboard */}
        <p
          class="turn-text"
          lang={turn.language ?? undefined}
          onClick={(event) => playFromClick(event, turn, playback)}
        >
          {turn.words.length === 0 ? (
            turn.text
          ) : isNow.value ? (
            <Spoken words={turn.words} playback={playback} />
          ) : (
            turn.words.map((word, i) => wordView(word, i))
          )}
        </p>
      </div>
    </li>
  );
});

const wordView = (word: Word, i: number, isNow = false) => (
  <Fragment key={i}>
    <span class={`${word.confidence < SURE ? 'unsure' : ''} ${isNow ? 'now' : ''}`} data-word={i}>
      {word.text}
    </span>{' '}
  </Fragment>
);

/** The words of the turn that plays: alone to change with the clock. */
function Spoken({ words, playback }: { words: Word[]; playback: Playback }) {
  const now = useComputed(() => words.findLastIndex((word) => word.start_ms <= playback.currentMs.value));
  return <>{words.map((word, i) => wordView(word, i, i === now.value))}</>;
}

function playFromClick(event: MouseEvent, turn: Turn, playback: Playback): void {
  if (window.getSelection()?.toString()) return; // somebody is copying
  const index = (event.target as Element).closest<HTMLElement>('[data-word]')?.dataset.word;
  playback.playFrom((index === undefined ? undefined : turn.words[Number(index)]?.start_ms) ?? turn.start_ms);
}

/** Turns out of sight have only guessed heights, so a far jump is corrected while they are laid out. */
const MOST_CORRECTIONS = 12;

/** Scrolls the transcript's own box where it has one, the page where it has not. */
function reveal(list: HTMLElement | null, turn: number, correction = 0): void {
  const item = list?.querySelector<HTMLElement>(`[data-turn="${turn}"]`);
  const box = list?.parentElement;
  if (!item || !box) return;
  const hasOwn = getComputedStyle(box).overflowY === 'auto';
  const scroller = hasOwn ? box : document.documentElement;
  const offset =
    item.getBoundingClientRect().top - (hasOwn ? box.getBoundingClientRect().top : 0) - scroller.clientHeight / 3;
  const isFar = correction > 0 || Math.abs(offset) > scroller.clientHeight * 1.5;
  const isCalm = isFar || matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (Math.abs(offset) >= 2) scroller.scrollBy({ top: offset, behavior: isCalm ? 'instant' : 'smooth' });
  if (isFar && correction < MOST_CORRECTIONS) requestAnimationFrame(() => reveal(list, turn, correction + 1));
}
