import { effect, useComputed } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Speaker, Turn } from '../../api';
import { clock } from '../../app/format';
import { theme } from '../../app/preferences';
import { t } from '../../i18n';
import { type Playback, turnAt } from './playback';

const BAR_PX = 2;
const STEP_PX = 3;
const SEEK_STEP_MS = 5_000;

/** Loudness of each channel over the call, in its speaker's colour; a slider for the place that plays. */
export function Waveform({ playback }: { playback: Playback }) {
  const root = useRef<HTMLDivElement>(null);
  const progress = useRef<HTMLDivElement>(null);
  const [hoverMs, setHover] = useState<number | null>(null);
  const duration = playback.durationMs.value;
  const second = useComputed(() => Math.floor(playback.currentMs.value / 1000));

  useEffect(
    () =>
      effect(() => {
        const share = playback.currentMs.value / (playback.durationMs.value || 1);
        progress.current?.style.setProperty('--played', String(Math.min(1, share)));
      }),
    [playback],
  );

  const at = (event: PointerEvent): number => {
    const box = root.current?.getBoundingClientRect();
    if (!box) return 0;
    return (Math.min(Math.max(0, event.clientX - box.left), box.width) / box.width) * duration;
  };

  return (
    <div
      class="wave"
      ref={root}
      role="slider"
      tabIndex={0}
      aria-label={t('player.position')}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration / 1000)}
      aria-valuenow={second.value}
      aria-valuetext={t('player.of', { now: clock(second.value * 1000), all: clock(duration) })}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        playback.seek(at(event));
      }}
      onPointerMove={(event) => {
        setHover(at(event));
        if (event.currentTarget.hasPointerCapture(event.pointerId)) playback.seek(at(event));
      }}
      onPointerLeave={() => setHover(null)}
      onKeyDown={(event) => {
        const steps: Record<string, number> = {
          ArrowDown: -SEEK_STEP_MS,
          ArrowUp: SEEK_STEP_MS,
          PageDown: -30_000,
          PageUp: 30_000,
        };
        const step = steps[event.key];
        if (step) playback.seek(playback.currentMs.value + step);
        else if (event.key === 'Home') playback.seek(0);
        else if (event.key === 'End') playback.seek(duration);
        else return;
        event.preventDefault();
      }}
    >
      <Lanes playback={playback} />
      <div class="wave-rest" ref={progress} />
      {hoverMs !== null && (
        <div class="wave-hover" style={{ left: `${(hoverMs / duration) * 100}%` }}>
          <span>{clock(hoverMs)}</span>
        </div>
      )}
    </div>
  );
}

function Lanes({ playback }: { playback: Playback }) {
  const link = playback.link.value;
  const turns = playback.turns.value;
  const duration = playback.durationMs.value;
  const lanes = useMemo(() => {
    const peaks = link?.peaks ?? [];
    const peakMs = link?.peak_ms || 1;
    return peaks.map((channel, i) => ({
      peaks: channel,
      peakMs,
      speakerAt: peaks.length > 1 ? constant(channelSpeaker(peaks, i, peakMs, turns)) : bySpeech(turns),
    }));
  }, [link, turns]);
  return (
    <div class="wave-lanes">
      {lanes.map((lane, i) => (
        <Lane key={i} {...lane} durationMs={duration} />
      ))}
    </div>
  );
}

type SpeakerAt = (ms: number) => Speaker;

const constant =
  (speaker: Speaker): SpeakerAt =>
  () =>
    speaker;

const bySpeech =
  (turns: Turn[]): SpeakerAt =>
  (ms) => {
    const turn = turns[turnAt(turns, ms)];
    return turn && ms < turn.end_ms ? turn.speaker : 'unknown';
  };

/** Whose channel it is: the speaker during whose turns it is louder than the others. */
export function channelSpeaker(peaks: number[][], channel: number, peakMs: number, turns: Turn[]): Speaker {
  const energy: Record<Speaker, number> = { operator: 0, customer: 0, unknown: 0 };
  for (const turn of turns) {
    for (let i = Math.floor(turn.start_ms / peakMs); i < turn.end_ms / peakMs; i++) {
      const own = peaks[channel]?.[i] ?? 0;
      const others = Math.max(...peaks.map((each, c) => (c === channel ? 0 : (each[i] ?? 0))));
      energy[turn.speaker] += own - others;
    }
  }
  if (energy.operator > 0 && energy.operator > energy.customer) return 'operator';
  return energy.customer > 0 ? 'customer' : 'unknown';
}

interface LaneProps {
  peaks: number[];
  peakMs: number;
  durationMs: number;
  speakerAt: SpeakerAt;
}

function Lane({ peaks, peakMs, durationMs, speakerAt }: LaneProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const draw = () => drawLane(element, peaks, peakMs, durationMs, speakerAt);
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', draw);
    const stop = effect(() => {
      theme.value;
      draw();
    });
    return () => {
      resized.disconnect();
      system.removeEventListener('change', draw);
      stop();
    };
  }, [peaks, peakMs, durationMs, speakerAt]);
  return <canvas ref={canvas} />;
}

function drawLane(
  canvas: HTMLCanvasElement,
  peaks: number[],
  peakMs: number,
  durationMs: number,
  speakerAt: SpeakerAt,
): void {
  const context = canvas.getContext('2d');
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!context || width === 0) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  context.scale(ratio, ratio);
  const inks: Record<Speaker, string> = {
    operator: ink(canvas, 'operator'),
    customer: ink(canvas, 'customer'),
    unknown: ink(canvas, 'unknown'),
  };
  const msPerStep = (durationMs * STEP_PX) / width;
  const loudest = Math.max(1, ...downsampled(peaks, 400));
  for (let x = 0, ms = 0; x < width; x += STEP_PX, ms += msPerStep) {
    const bar = Math.max(1.5, (loudness(peaks, ms / peakMs, (ms + msPerStep) / peakMs) / loudest) * (height - 2));
    context.fillStyle = inks[speakerAt(ms + msPerStep / 2)];
    context.beginPath();
    context.roundRect(x, (height - bar) / 2, BAR_PX, bar, 1);
    context.fill();
  }
}

/** Between the loudest and the average: over many seconds the loudest alone would be a solid band. */
function loudness(peaks: number[], from: number, to: number): number {
  const first = Math.floor(from);
  const last = Math.max(first + 1, Math.ceil(to));
  let loudest = 0;
  let sum = 0;
  for (let i = first; i < last; i++) {
    const peak = peaks[i] ?? 0;
    loudest = Math.max(loudest, peak);
    sum += peak;
  }
  return (loudest + sum / (last - first)) / 2;
}

/** `Math.max(...peaks)` of an hour is too many arguments. */
function downsampled(peaks: number[], count: number): number[] {
  const size = Math.max(1, Math.ceil(peaks.length / count));
  const out: number[] = [];
  for (let i = 0; i < peaks.length; i += size) out.push(Math.max(...peaks.slice(i, i + size)));
  return out;
}

/** A colour of the design as the browser resolves it for the theme of now. */
function ink(element: HTMLElement, name: Speaker): string {
  element.style.color = `var(--${name})`;
  return getComputedStyle(element).color;
}
