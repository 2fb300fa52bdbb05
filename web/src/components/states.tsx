import type { ComponentChildren } from 'preact';
import { problemText } from '../app/problems';
import { t } from '../i18n';
import { Icon, type IconName } from './icon';
import './states.css';

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}

/** Nothing is here, and what to do about it. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="state">
      <span class="state-icon">
        <Icon name={icon} size={28} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Something could not be loaded; `onRetry` asks again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  return (
    <div class="state" role="alert">
      <span class="state-icon bad">
        <Icon name="alert" size={28} />
      </span>
      <h2>{t('state.failed')}</h2>
      <p class="quiet">{problemText(error)}</p>
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          <Icon name="retry" />
          {t('action.retry')}
        </button>
      )}
    </div>
  );
}

/** Grey lines where text will be. */
export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="hidden-label">{t('state.loading')}</span>
      {Array.from({ length: lines }, (_, i) => (
        <i key={i} style={{ width: `${92 - ((i * 23) % 45)}%` }} />
      ))}
    </div>
  );
}
