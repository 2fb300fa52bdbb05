/** Playing a recording: one <audio> element, and signals for those who draw. */
import { computed, signal } from '@preact/signals';
import { type AudioLink, api, type Turn } from '../../api';
import { chooseSpeed, speed } from '../../app/preferences';

export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** A place in the call: a turn, and when it is said. */
export interface Moment {
  turn: number;
  start_ms: number;
  end_ms: number;
}

interface Gap {
  start_ms: number;
  end_ms: number;
}

/** A breath of silence is left where silence is skipped, so that speech does not run together. */
const KEPT_SILENCE_MS = 250;
const LEAST_GAP_MS = 1_200;
/** Heard before and after a quote, so that its first and last word are whole. */
const QUOTE_MARGIN_MS = 200;
const LINK_RETRY_MS = 5_000;

export class Playback {
  readonly currentMs = signal(0);
  readonly isPlaying = signal(false);
  readonly isSkippingSilence = signal(false);
  readonly hasFailed = signal(false);
  /** The place that somebody asked to see, playing or not. */
  readonly focused = signal<Moment | null>(null);
  readonly turns = signal<Turn[]>([]);
  readonly link = signal<AudioLink | null>(null);

  readonly durationMs = computed(() => this.link.value?.duration_ms || (this.turns.value.at(-1)?.end_ms ?? 0));
  readonly canPlay = computed(() => this.link.value !== null);
  /** The turn that is being said, or was said last; -1 before the first. */
  readonly turnNow = computed(() => turnAt(this.turns.value, this.currentMs.value));
  readonly gaps = computed(() => silences(this.turns.value, this.durationMs.value));

  private readonly callId: string;
  private readonly element = new Audio();
  private frame = 0;
  private stopAtMs: number | null = null;
  private renewedAt = 0;

  constructor(callId: string) {
    this.callId = callId;
    const { element } = this;
    element.preload = 'metadata';
    element.addEventListener('play', this.started);
    element.addEventListener('pause', this.paused);
    element.addEventListener('ended', this.paused);
    element.addEventListener('seeked', this.tick);
    element.addEventListener('error', () => void this.renew());
  }

  open(link: AudioLink): void {
    if (this.link.value?.url === link.url) return;
    this.link.value = link;
    this.element.src = link.url;
    this.element.playbackRate = speed.value;
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.element.pause();
    this.element.removeAttribute('src');
  }

  toggle = (): void => {
    if (this.isPlaying.value) this.element.pause();
    else this.play();
  };

  play(): void {
    if (!this.canPlay.value) return;
    this.stopAtMs = null;
    this.resume();
  }

  seek = (ms: number): void => {
    this.stopAtMs = null;
    this.focused.value = null;
    this.moveTo(ms);
  };

  /** Plays a moment and stops after it; without a recording it is only shown. */
  show = (moment: Moment): void => {
    this.focused.value = { ...moment };
    this.moveTo(moment.start_ms - QUOTE_MARGIN_MS);
    if (!this.canPlay.value) {
      this.currentMs.value = moment.start_ms;
      return;
    }
    this.stopAtMs = moment.end_ms + QUOTE_MARGIN_MS;
    this.resume();
  };

  /** Goes on playing from a turn or a word. */
  playFrom = (ms: number): void => {
    this.seek(ms);
    if (this.canPlay.value) this.resume();
  };

  setSpeed = (value: number): void => {
    chooseSpeed(value);
    this.element.playbackRate = value;
  };

  stepSpeed(step: 1 | -1): void {
    const at = SPEEDS.findIndex((each) => each >= speed.value);
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + step))] ?? 1);
  }

  private resume(): void {
    // Refused where the link is over; the element's error renews it.
    this.element.play().catch(() => {});
  }

  private moveTo(ms: number): void {
    const target = Math.min(Math.max(0, ms), this.durationMs.value);
    this.currentMs.value = target;
    if (this.canPlay.value) this.element.currentTime = target / 1000;
  }

  private started = (): void => {
    this.isPlaying.value = true;
    this.hasFailed.value = false;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(this.follow);
  };

  private paused = (): void => {
    this.isPlaying.value = false;
    this.tick();
  };

  private follow = (): void => {
    this.tick();
    if (this.isPlaying.value) this.frame = requestAnimationFrame(this.follow);
  };

  private tick = (): void => {
    const now = Math.round(this.element.currentTime * 1000);
    this.currentMs.value = now;
    if (!this.isPlaying.value) return;
    if (this.stopAtMs !== null && now >= this.stopAtMs) {
      this.stopAtMs = null;
      this.element.pause();
    } else if (this.isSkippingSilence.value) {
      const gap = this.gaps.value.find((each) => now >= each.start_ms && now < each.end_ms);
      if (gap) this.element.currentTime = gap.end_ms / 1000;
    }
  };

  /** A link lives ten minutes; a person may listen longer. */
  private async renew(): Promise<void> {
    if (!this.link.value) return;
    const { currentTime } = this.element;
    const wasPlaying = this.isPlaying.value;
    this.isPlaying.value = false;
    if (Date.now() - this.renewedAt < LINK_RETRY_MS) {
      this.hasFailed.value = true;
      return;
    }
    this.renewedAt = Date.now();
    try {
      const link = await api.audio(this.callId);
      this.link.value = link;
      this.element.src = link.url;
      this.element.playbackRate = speed.value;
      this.element.currentTime = currentTime;
      if (wasPlaying) this.resume();
    } catch {
      this.hasFailed.value = true;
    }
  }
}

/** Index into `turns` of the last that has begun at `ms`; of two that overlap, the later. */
export function turnAt(turns: readonly Moment[] | readonly Turn[], ms: number): number {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((turns[middle]?.start_ms ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where nobody speaks for long; by words where they are known, since a turn holds pauses. */
export function silences(turns: readonly Turn[], durationMs: number): Gap[] {
  const spoken = turns
    .flatMap((turn): Gap[] => (turn.words.length > 0 ? turn.words : [turn]))
    .sort((a, b) => a.start_ms - b.start_ms);
  if (spoken.length === 0) return [];
  const gaps: Gap[] = [];
  let end = 0;
  for (const span of [...spoken, { start_ms: durationMs, end_ms: durationMs }]) {
    if (span.start_ms - end >= LEAST_GAP_MS)
      gaps.push({ start_ms: end + KEPT_SILENCE_MS, end_ms: span.start_ms - KEPT_SILENCE_MS });
    end = Math.max(end, span.end_ms);
  }
  return gaps;
}
