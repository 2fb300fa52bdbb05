import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiError, type Call } from '../../api';
import { clock, moment, phone } from '../../app/format';
import { usePolling } from '../../app/polling';
import { problemText } from '../../app/problems';
import { callName, DirectionMark, LanguageTag } from '../../components/call';
import { Icon } from '../../components/icon';
import { PageTitle } from '../../components/page-title';
import { Segmented } from '../../components/segmented';
import { isFinal, StageMark } from '../../components/stage';
import { Empty, Failure, Loading } from '../../components/states';
import { t } from '../../i18n';
import { AgainMenu, SpeakersHint, TryAgain } from './again';
import { ChecklistPanel } from './checklist';
import { Details, History } from './history';
import { Learned } from './learned';
import { Playback } from './playback';
import { Player } from './player';
import { SentimentPanel } from './sentiment';
import { OpenCall } from './state';
import { Promises, SummaryPanel } from './summary';
import { Talk } from './talk';
import { Transcript } from './transcript';
import './style.css';

const SIDES = ['result', 'transcript'] as const;
type Side = (typeof SIDES)[number];

export default function CallPage({ params }: { params: Record<string, string> }) {
  const id = params.id ?? '';
  const open = useMemo(() => new OpenCall(id), [id]);
  const playback = useMemo(() => new Playback(id), [id]);
  const call = open.call.value;
  usePolling(open.load, open.pollDelayMs, `${id} ${call?.revision ?? 0}`);
  useEffect(() => () => playback.close(), [playback]);
  useEffect(() => {
    if (open.audio.value) playback.open(open.audio.value);
  }, [open.audio.value]);
  useEffect(() => {
    playback.turns.value = open.turns.value ?? [];
  }, [open.turns.value]);

  if (call) return <Loaded call={call} open={open} playback={playback} />;
  const problem = open.problem.value;
  if (problem instanceof ApiError && problem.status === 404) {
    return (
      <Empty icon="search" title={t('call.not_found')}>
        <a class="button" href="/calls">
          {t('not_found.back')}
        </a>
      </Empty>
    );
  }
  return problem ? (
    <Failure error={problem} onRetry={() => void open.load().catch(() => {})} />
  ) : (
    <Loading lines={12} />
  );
}

function Loaded({ call, open, playback }: { call: Call; open: OpenCall; playback: Playback }) {
  const [side, setSide] = useState<Side>('result');
  const analysis = open.analysis.value;
  const turns = open.turns.value;
  // On a phone the two sides share the screen: what is asked for comes forward.
  useEffect(() => {
    if (playback.focused.value && !playback.canPlay.value) setSide('transcript');
  }, [playback.focused.value]);
  return (
    <>
      <Head call={call} open={open} />
      {playback.canPlay.value && <Player playback={playback} />}
      {open.audioProblem.value !== null && (
        <p class="notice careful call-problem" role="alert">
          <Icon name="alert" />
          <span>
            <strong>{t('player.failed')}</strong>
            {problemText(open.audioProblem.value)}
          </span>
        </p>
      )}
      <div class="call-sides">
        <Segmented
          label={t('call.sides')}
          value={side}
          options={SIDES.map((value) => ({ value, name: t(`call.${value}`) }))}
          onChange={setSide}
        />
      </div>
      <div class="call-body" data-side={side}>
        <div class="call-result">
          <Standing call={call} open={open} />
          {analysis && <SummaryPanel call={call} analysis={analysis} turns={turns ?? []} playback={playback} />}
          {analysis?.checklist && <ChecklistPanel checklist={analysis.checklist} playback={playback} />}
          {analysis && <Learned analysis={analysis} playback={playback} />}
          {analysis && <SentimentPanel sentiment={analysis.sentiment} turns={turns ?? []} playback={playback} />}
          {analysis && analysis.promises.length > 0 && <Promises promises={analysis.promises} playback={playback} />}
          {call.talk && <Talk talk={call.talk} turns={turns ?? []} playback={playback} />}
          <Details call={call} analysis={analysis} />
          <History call={call} />
        </div>
        <section class="panel call-transcript" aria-labelledby="transcript">
          <h2 id="transcript">{t('call.transcript')}</h2>
          <TranscriptSide call={call} open={open} playback={playback} isInFront={side === 'transcript'} />
        </section>
      </div>
    </>
  );
}

interface SideProps {
  call: Call;
  open: OpenCall;
  playback: Playback;
  isInFront: boolean;
}

function TranscriptSide({ call, open, playback, isInFront }: SideProps) {
  const turns = open.turns.value;
  if (turns && turns.length > 0) {
    return (
      <>
        <SpeakersHint call={call} open={open} />
        <Transcript turns={turns} playback={playback} isInFront={isInFront} />
      </>
    );
  }
  if (open.turnsProblem.value)
    return <Failure error={open.turnsProblem.value} onRetry={() => void open.loadTurns(call)} />;
  if (isFinal(call.stage)) return <p class="quiet">{t('transcript.none')}</p>;
  return <Loading lines={9} />;
}

function Head({ call, open }: { call: Call; open: OpenCall }) {
  return (
    <header class="call-head">
      <a class="button bare icon" href="/calls" aria-label={t('not_found.back')}>
        <Icon name="arrow_left" />
      </a>
      <div>
        <PageTitle name={callName(call)} />
        <p class="call-facts">
          <DirectionMark direction={call.direction} />
          {call.title && call.customer_phone && <span>{phone(call.customer_phone)}</span>}
          {call.extension && <span>{t('call.extension', { extension: call.extension })}</span>}
          <time dateTime={call.started_at}>{moment(call.started_at)}</time>
          {call.duration_ms !== null && <span>{clock(call.duration_ms)}</span>}
          {call.language && <LanguageTag language={call.language} />}
        </p>
      </div>
      <AgainMenu call={call} open={open} />
    </header>
  );
}

/** Where a call stands that has no result, and what a person can do about it. */
function Standing({ call, open }: { call: Call; open: OpenCall }) {
  if (call.stage === 'analyzed') return null;
  if (!isFinal(call.stage)) {
    return (
      <div class="notice" role="status">
        <StageMark stage={call.stage} reason={null} retryable={false} />
      </div>
    );
  }
  const isFailed = call.stage === 'failed';
  return (
    <div class={`notice ${isFailed ? 'bad' : 'careful'}`} role="status">
      <Icon name={isFailed ? 'alert' : 'dash'} />
      <span>
        <strong>
          {t(`stage.${call.stage}`)}
          {call.reason && `: ${t(`reason.${call.reason}`)}`}
        </strong>
        {call.reason && t(`advice.${call.reason}`)} {call.retryable && t('stage.retryable')}
      </span>
      <TryAgain call={call} open={open} />
    </div>
  );
}
