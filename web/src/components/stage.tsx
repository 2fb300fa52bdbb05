import type { Reason, Stage } from '../api';
import { t } from '../i18n';
import { Icon } from './icon';
import './stage.css';

/** The way a call goes. `discovered` and `recorded` are one step to a reader, as are the waits between. */
const STEPS: readonly Stage[] = ['recorded', 'transcribing', 'analyzing', 'analyzed'];
const STEP_OF: Record<Stage, number> = {
  discovered: 0,
  recorded: 1,
  transcribing: 1,
  transcribed: 2,
  analyzing: 2,
  analyzed: 4,
  skipped: 4,
  failed: 4,
};

export const isFinal = (stage: Stage): boolean => STEP_OF[stage] === 4;

/** Where the call stands, as words and, while it moves, as steps done. */
export function StageMark({ stage, reason, retryable }: { stage: Stage; reason: Reason | null; retryable: boolean }) {
  if (isFinal(stage)) {
    return (
      <span class={`stage ${stage}`}>
        <Icon name={stage === 'analyzed' ? 'check' : stage === 'failed' ? 'alert' : 'dash'} size={16} />
        <span>
          {t(`stage.${stage}`)}
          {reason && <span class="stage-reason"> · {t(`reason.${reason}`)}</span>}
          {retryable && <span class="stage-reason"> {t('stage.retryable')}</span>}
        </span>
      </span>
    );
  }
  return (
    <span class="stage moving">
      <span class="stage-steps" aria-hidden="true">
        {STEPS.map((step, i) => (
          <i key={step} class={i < STEP_OF[stage] ? 'done' : i === STEP_OF[stage] ? 'now' : ''} />
        ))}
      </span>
      <span>{t(`stage.${stage}`)}</span>
    </span>
  );
}
