import type { Analysis, Evidence } from '../../api';
import { number } from '../../app/format';
import { VerdictMark } from '../../components/verdict';
import { t } from '../../i18n';
import { Quote } from './moment';
import type { Playback } from './playback';

interface Props {
  analysis: Analysis;
  playback: Playback;
}

const FINDINGS = ['agreed', 'satisfied', 'is_over'] as const;

/** What else was asked of the call, each with the words that answer it; what was not answered is left out. */
export function Learned({ analysis, playback }: Props) {
  const findings = FINDINGS.flatMap((name) => {
    const found = analysis[name];
    return found && found.verdict !== 'uncertain' ? [{ name, found }] : [];
  });
  const { decision, next_step, objections, questions, customer } = analysis;
  const nothing = !findings.length && !decision && !next_step && !objections.length && !questions.length && !customer;
  if (nothing) return null;
  return (
    <section class="panel" aria-labelledby="learned">
      <h2 id="learned">{t('learned.title')}</h2>
      <ul class="learned">
        {findings.map(({ name, found }) => (
          <Row key={name} name={t(`learned.${name}`)} said={found.evidence} playback={playback}>
            <VerdictMark verdict={found.verdict} />
          </Row>
        ))}
        {decision && (
          <Row name={t('learned.decision')} said={decision.evidence} playback={playback}>
            {decision.text}
          </Row>
        )}
        {objections.map((each, i) => (
          <Row key={i} name={t('learned.objection')} said={each.evidence} playback={playback}>
            {each.kind?.title}
          </Row>
        ))}
        {questions.map((each) => (
          <Row key={each.id} name={each.title} said={each.evidence} playback={playback}>
            {shown(each.value)}
          </Row>
        ))}
        {next_step && (
          <Row name={t('learned.next_step')} said={next_step.evidence} playback={playback}>
            {next_step.text}
          </Row>
        )}
        {customer && (customer.gender || customer.age !== null) && (
          <Row name={t('learned.customer')} said={null} playback={playback}>
            {[
              customer.gender && t(`gender.${customer.gender}`),
              customer.age !== null && t('learned.age', { n: customer.age }),
            ]
              .filter(Boolean)
              .join(', ')}
          </Row>
        )}
      </ul>
    </section>
  );
}

interface RowProps {
  name: string;
  said: Evidence | null;
  playback: Playback;
  children: preact.ComponentChildren;
}

function Row({ name, said, playback, children }: RowProps) {
  return (
    <li>
      <p class="learned-answer">
        <span class="quiet">{name}</span> <b>{children}</b>
      </p>
      {said && <Quote said={said} playback={playback} />}
    </li>
  );
}

function shown(value: boolean | number | string): string {
  if (typeof value === 'boolean') return t(value ? 'verdict.yes' : 'verdict.no');
  return typeof value === 'number' ? number(value) : value;
}
