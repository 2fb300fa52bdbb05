/**
 * What the HTTP API sends and takes, by the names that the page uses. The shapes are the API's own: `schema.ts` is
 * written from its OpenAPI by `make docs`.
 */
import type {
  AnalysisView,
  AnsweredItem as AnsweredItemView,
  AnswerView,
  CallDetail,
  Problem as ProblemView,
  SentTranscript,
  SentTurn,
  Signed,
  Stage,
  TurnView,
} from './schema';

export type {
  Again,
  AudioFacts,
  AudioLink,
  CallPage,
  CallRow,
  CallSentiment,
  Direction,
  Evidence,
  Me,
  Mood,
  Permission,
  Reason,
  Role,
  Score,
  Sentiment,
  Source,
  Speaker,
  SpeakerFigures,
  SpeakersBy,
  Stage,
  StageChange,
  TalkFigures,
  Verdict,
  Word,
} from './schema';

export type Analysis = AnalysisView;
export type Answer = AnswerView;
export type AnsweredItem = AnsweredItemView;
export type Call = CallDetail;
export type NewTranscript = Partial<SentTranscript> & Pick<SentTranscript, 'turns'>;
export type Problem = Partial<ProblemView>;
export type Session = Signed;
export type TranscriptTurn = SentTurn;
export type Turn = TurnView;

/** In the order of the flow; the last three are final. */
export const STAGES = [
  'discovered',
  'recorded',
  'transcribing',
  'transcribed',
  'analyzing',
  'analyzed',
  'skipped',
  'failed',
] as const satisfies readonly Stage[];
