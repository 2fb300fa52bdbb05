/**
 * What the HTTP API sends and takes. Names follow `shared/domain` exactly: `…_ms` and `…_tiyin` are whole
 * numbers, instants are ISO 8601 in UTC.
 */

export const STAGES = [
  'discovered',
  'recorded',
  'transcribing',
  'transcribed',
  'analyzing',
  'analyzed',
  'skipped',
  'failed',
] as const;
export type Stage = (typeof STAGES)[number];

export type Reason =
  | 'too_short'
  | 'missed'
  | 'no_speech'
  | 'unsupported_language'
  | 'no_balance'
  | 'empty_file'
  | 'not_audio'
  | 'truncated'
  | 'too_long'
  | 'too_large'
  | 'too_many_channels'
  | 'decoder_stuck'
  | 'recognition_rejected'
  | 'judgement_rejected'
  | 'recording_gone'
  | 'recognizer_unavailable'
  | 'judge_unavailable'
  | 'internal';

export type Source = 'pbx' | 'bucket' | 'api_audio' | 'api_transcript';
export type Direction = 'inbound' | 'outbound' | 'internal';
export type Speaker = 'operator' | 'customer' | 'unknown';
export type Mood = 'positive' | 'neutral' | 'negative';
export type Verdict = 'yes' | 'no' | 'not_applicable' | 'uncertain';
export type Role = 'platform_admin' | 'company_admin' | 'supervisor' | 'operator' | 'analyst';

export interface Me {
  id: string;
  username: string;
  name: string;
  role: Role;
  company: { id: string; name: string };
  language: string | null;
  permissions: string[];
}

export interface Session {
  access_token: string;
  token_type: 'Bearer';
  expires_in_s: number;
  user: Me;
}

export interface Score {
  earned: number;
  possible: number;
  percent: number | null;
  uncertain: number;
  critical_failed: string[];
}

export interface Sentiment {
  mood: Mood;
  confidence: number;
  turns: number[];
}

export interface CallSentiment {
  call: Sentiment;
  operator: Sentiment | null;
  customer: Sentiment | null;
}

export interface CallRow {
  id: string;
  title: string;
  source: Source;
  direction: Direction | null;
  customer_phone: string | null;
  operator: string | null;
  extension: string | null;
  started_at: string;
  created_at: string;
  revision: number;
  stage: Stage;
  reason: Reason | null;
  retryable: boolean;
  duration_ms: number | null;
  language: string | null;
  score: Score | null;
  sentiment: CallSentiment | null;
  purpose: string | null;
  outcome: string | null;
  summary: string | null;
  cost_tiyin: number;
}

export interface AudioFacts {
  duration_ms: number;
  channels: number;
  sample_rate_hz: number;
  container: string;
  codec: string;
  speech_ms: number;
}

export interface SpeakerFigures {
  talk_ms: number;
  interruptions: number;
  longest_monologue_ms: number;
  answer_delay_ms: number | null;
}

export interface TalkFigures {
  duration_ms: number;
  silence_ms: number;
  speakers: Partial<Record<Speaker, SpeakerFigures>>;
}

export interface StageChange {
  revision: number;
  stage: Stage;
  at: string;
  reason: Reason | null;
}

export interface Call extends CallRow {
  audio: AudioFacts | null;
  talk: TalkFigures | null;
  history: StageChange[];
  turn_count: number;
  checklist: { id: string; version: number; title: string } | null;
  cost: { recognition_tiyin: number; judgement_tiyin: number; total_tiyin: number };
  recording: { name: string; size_bytes: number; content_type: string } | null;
}

export interface Word {
  text: string;
  start_ms: number;
  end_ms: number;
  confidence: number;
}

export interface Turn {
  index: number;
  speaker: Speaker;
  start_ms: number;
  end_ms: number;
  text: string;
  language: string | null;
  /** Empty unless asked for, and for a call that came as a transcript. */
  words: Word[];
}

export interface Evidence {
  turn: number;
  quote: string;
  speaker: Speaker;
  start_ms: number;
  end_ms: number;
  is_verified: boolean;
}

export interface Answer {
  verdict: Verdict;
  counted: Verdict;
  confidence: number;
  explanation: string;
  evidence: Evidence | null;
}

export interface AnsweredItem {
  id: string;
  text: string;
  weight: number;
  speaker: Speaker;
  is_critical: boolean;
  answer: Answer | null;
}

export interface Choice {
  id: string;
  title: string;
}

export interface Analysis {
  revision: number;
  checklist: {
    id: string;
    version: number;
    title: string;
    segments: { id: string; title: string; items: AnsweredItem[] }[];
  } | null;
  score: Score | null;
  sentiment: CallSentiment;
  purpose: Choice | null;
  outcome: Choice | null;
  products: Choice[];
  summary: string;
  summary_turns: number[];
  promises: { by: Speaker; due: string | null; evidence: Evidence }[];
  model: string;
  prompt_version: string;
  created_at: string;
}

export interface AudioLink {
  url: string;
  expires_at: string;
  content_type: string;
  duration_ms: number;
  /** One list per channel, a value of 0 to 255 for every `peak_ms`. */
  peaks: number[][];
  peak_ms: number;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface TranscriptTurn {
  speaker: Speaker;
  start_ms: number;
  end_ms: number;
  text: string;
}

export interface NewTranscript {
  title?: string;
  started_at?: string;
  direction?: Direction;
  customer_phone?: string;
  extension?: string;
  language?: string;
  turns: TranscriptTurn[];
}

/** RFC 9457, the one shape of every error. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code?: string;
  errors?: { field: string; message: string }[];
}
