import { useState } from 'preact/hooks';
import type { Analysis, Answer, AnsweredItem, Verdict } from '../../api';
import { number, percent } from '../../app/format';
import { Icon } from '../../components/icon';
import { VERDICT_ICONS } from '../../components/verdict';
import { t } from '../../i18n';
import { Quote } from './moment';
import type { Playback } from './playback';

type Checklist = NonNullable<Analysis['checklist']>;

const counted = (item: AnsweredItem): Verdict => item.answer?.counted ?? 'uncertain';

/** Each item with its verdict, why, and the words that prove it. */
export function ChecklistPanel({ checklist, playback }: { checklist: Checklist; playback: Playback }) {
  const [isMissedOnly, setMissedOnly] = useState(false);
  const isMissed = (item: AnsweredItem) => counted(item) === 'no' || counted(item) === 'uncertain';
  const hasMissed = checklist.segments.some((segment) => segment.items.some(isMissed));
  return (
    <section class="panel" aria-labelledby="checklist">
      <header class="checklist-head">
        <div>
          <h2 id="checklist">{checklist.title}</h2>
          <p class="quiet small">{t('checklist.version', { version: checklist.version })}</p>
        </div>
        {hasMissed && (
          <label class="checklist-filter">
            <input type="checkbox" checked={isMissedOnly} onChange={() => setMissedOnly(!isMissedOnly)} />
            {t('checklist.missed_only')}
          </label>
        )}
      </header>
      {checklist.segments.map((segment) => {
        const items = isMissedOnly ? segment.items.filter(isMissed) : segment.items;
        if (items.length === 0) return null;
        return (
          <div key={segment.id} class="checklist-segment">
            <h3>
              {segment.title}
              <span class="quiet">{points(segment.items)}</span>
            </h3>
            <ul>
              {items.map((item) => (
                <Item key={item.id} item={item} playback={playback} />
              ))}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

/** Weights of what counts: yes over yes and no. */
function points(items: AnsweredItem[]): string {
  const sum = (verdicts: Verdict[]) =>
    items.filter((item) => verdicts.includes(counted(item))).reduce((all, item) => all + item.weight, 0);
  const possible = sum(['yes', 'no']);
  return possible === 0 ? '–' : t('score.points', { earned: number(sum(['yes'])), possible: number(possible) });
}

function Item({ item, playback }: { item: AnsweredItem; playback: Playback }) {
  const { answer } = item;
  const verdict = counted(item);
  return (
    <li class={`item ${verdict}`}>
      <span class="item-mark">
        <Icon name={VERDICT_ICONS[verdict]} size={16} />
      </span>
      <div class="item-body">
        <p class="item-text">
          {item.text}
          {item.is_critical && <span class="item-critical">{t('checklist.critical')}</span>}
        </p>
        <p class="item-verdict">
          <b>{t(`verdict.${verdict}`)}</b>
          <span class="quiet">
            {' · '}
            {t('checklist.weight', { n: item.weight })}
            {answer && ` · ${t('sentiment.confidence', { percent: percent(answer.confidence * 100) })}`}
          </span>
        </p>
        {answer && answer.counted !== answer.verdict && <Recounted answer={answer} />}
        {answer?.explanation && <p class="item-why">{answer.explanation}</p>}
        {answer?.evidence && (
          <>
            {verdict === 'no' && !answer.explanation && <p class="quiet small">{t('checklist.nearest')}</p>}
            <Quote said={answer.evidence} playback={playback} />
          </>
        )}
        {answer === null && <p class="item-why">{t('checklist.no_answer')}</p>}
      </div>
    </li>
  );
}

/** The judge said one thing and the score counts another: said plainly. */
function Recounted({ answer }: { answer: Answer }) {
  return (
    <p class="item-recounted">
      {t('checklist.recounted', { said: t(`verdict.${answer.verdict}`), counted: t(`verdict.${answer.counted}`) })}
    </p>
  );
}
