/** One call and what is known of it. Parts come as the call moves; each is asked for when it can have changed. */
import { type Signal, signal } from '@preact/signals';
import { type Analysis, ApiError, type AudioLink, api, type Call, type Turn } from '../../api';
import { may } from '../../app/session';
import { isFinal } from '../../components/stage';

const MOVING_POLL_MS = 2_000;

export class OpenCall {
  readonly id: string;
  readonly call = signal<Call | null>(null);
  readonly turns = signal<Turn[] | null>(null);
  readonly analysis = signal<Analysis | null>(null);
  readonly audio = signal<AudioLink | null>(null);
  readonly problem = signal<unknown>(null);
  readonly turnsProblem = signal<unknown>(null);
  readonly audioProblem = signal<unknown>(null);
  private loadedAt = '';

  constructor(id: string) {
    this.id = id;
  }

  /** Null once nothing will change by itself. */
  pollDelayMs = (): number | null => {
    const call = this.call.value;
    if (call === null)
      return this.problem.value instanceof ApiError && this.problem.value.status === 404 ? null : MOVING_POLL_MS;
    return isFinal(call.stage) ? null : MOVING_POLL_MS;
  };

  load = async (abort?: AbortSignal): Promise<void> => {
    try {
      const call = await api.call(this.id, abort);
      this.call.value = call;
      this.problem.value = null;
      const standing = `${call.revision} ${call.stage}`;
      if (standing === this.loadedAt) return;
      await Promise.all([this.loadTurns(call, abort), this.loadAnalysis(call, abort), this.loadAudio(call, abort)]);
      this.loadedAt = standing;
    } catch (error) {
      if (abort?.aborted) return;
      this.problem.value = error;
      throw error;
    }
  };

  loadTurns = async (call: Call, abort?: AbortSignal): Promise<void> => {
    if (call.turn_count === 0) {
      this.turns.value = isFinal(call.stage) ? [] : null;
      return;
    }
    // Text first: the words of a long call are many times its text.
    await part(this.turns, this.turnsProblem, () => api.turns(this.id, false, abort));
    if (this.turns.value && call.audio) {
      const withWords = await api.turns(this.id, true, abort).catch(() => null);
      if (withWords) this.turns.value = withWords;
    }
  };

  loadAnalysis = async (call: Call, abort?: AbortSignal): Promise<void> => {
    if (call.stage === 'analyzed' || call.score || call.sentiment)
      this.analysis.value = await api.analysis(this.id, abort);
  };

  loadAudio = async (call: Call, abort?: AbortSignal): Promise<void> => {
    if (!call.recording || !call.audio || !may('calls.listen') || this.audio.value?.peaks.length) return;
    await part(this.audio, this.audioProblem, () => api.audio(this.id, abort));
  };
}

async function part<T>(value: Signal<T>, problem: Signal<unknown>, ask: () => Promise<T>): Promise<void> {
  try {
    value.value = await ask();
    problem.value = null;
  } catch (error) {
    problem.value = error;
  }
}
