import type { Verdict } from '../api';
import { t } from '../i18n';
import { Icon, type IconName } from './icon';
import './verdict.css';

export const VERDICT_ICONS: Record<Verdict, IconName> = {
  yes: 'check',
  no: 'close',
  not_applicable: 'dash',
  uncertain: 'question',
};

/** A verdict by sign, word and colour. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  return (
    <span class={`verdict ${verdict}`}>
      <Icon name={VERDICT_ICONS[verdict]} size={16} />
      {t(`verdict.${verdict}`)}
    </span>
  );
}
