import { useState } from 'preact/hooks';
import { type Again, ApiError, api, type Call } from '../../api';
import { problemText } from '../../app/problems';
import { may } from '../../app/session';
import { Icon, type IconName } from '../../components/icon';
import { Menu } from '../../components/menu';
import { isFinal } from '../../components/stage';
import { t } from '../../i18n';
import type { OpenCall } from './state';

/** Below this it is said that the speakers were guessed. */
const SURE = 0.75;

const ICONS: Record<Again, IconName> = { swap_speakers: 'swap', judge_again: 'target', transcribe_again: 'wave' };

/** What a person may have done again with this call, as it stands. */
export function choices(call: Call): Again[] {
  if (!isFinal(call.stage)) return [];
  const found: Again[] = [];
  if (call.turn_count > 0 && call.speakers) found.push('swap_speakers');
  if (call.turn_count > 0) found.push('judge_again');
  if (call.recording && call.audio) found.push('transcribe_again');
  return found;
}

/** Begins a revision and follows it; a call that somebody else moved meanwhile is shown as it is now. */
function useAgain(call: Call, open: OpenCall) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const begin = async (what: Again) => {
    if (isBusy) return;
    setBusy(true);
    setProblem('');
    try {
      await api.lookAgain(call.id, what, call.revision);
    } catch (error) {
      const isLate = error instanceof ApiError && (error.status === 409 || error.status === 412);
      if (!isLate) setProblem(problemText(error));
    }
    await open.load().catch(() => {});
    setBusy(false);
  };
  return { begin, isBusy, problem };
}

interface Props {
  call: Call;
  open: OpenCall;
}

export function AgainMenu({ call, open }: Props) {
  const { begin, isBusy, problem } = useAgain(call, open);
  const offered = choices(call);
  if (!may('calls.write') || offered.length === 0) return null;
  return (
    <div class="call-again">
      <Menu label={t('again.menu')} trigger={<Icon name="more" />}>
        {offered.map((what) => (
          <button key={what} type="button" class="button bare" disabled={isBusy} onClick={() => void begin(what)}>
            <Icon name={ICONS[what]} />
            {t(`again.${what}`)}
          </button>
        ))}
      </Menu>
      {problem && (
        <p class="small call-again-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

/** For a call that failed: the shortest way that may mend it. */
export function TryAgain({ call, open }: Props) {
  const { begin, isBusy, problem } = useAgain(call, open);
  const offered = choices(call);
  const what = offered.includes('judge_again')
    ? 'judge_again'
    : offered.includes('transcribe_again') && 'transcribe_again';
  if (!may('calls.write') || !call.retryable || !what) return null;
  return (
    <>
      <button type="button" class="button" disabled={isBusy} onClick={() => void begin(what)}>
        <Icon name="retry" />
        {t('action.retry')}
      </button>
      {problem && <span role="alert">{problem}</span>}
    </>
  );
}

/** Says so where the page does not know, or only guesses, whose words are whose. */
export function SpeakersHint({ call, open }: Props) {
  const { begin, isBusy, problem } = useAgain(call, open);
  if (call.speakers && (call.speakers.confidence ?? 1) >= SURE) return null;
  const canSwap = may('calls.write') && choices(call).includes('swap_speakers');
  return (
    <p class="speakers-hint small">
      <Icon name="question" size={16} />
      <span>{t(call.speakers ? 'speakers.guessed' : 'speakers.unknown')}</span>
      {canSwap && (
        <button type="button" class="button small" disabled={isBusy} onClick={() => void begin('swap_speakers')}>
          <Icon name="swap" size={16} />
          {t('speakers.swap')}
        </button>
      )}
      {problem && <span role="alert">{problem}</span>}
    </p>
  );
}
