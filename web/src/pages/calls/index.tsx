import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../../app/keyboard';
import { usePolling } from '../../app/polling';
import { problemText } from '../../app/problems';
import { query, setQuery } from '../../app/router';
import { may } from '../../app/session';
import { Icon } from '../../components/icon';
import { PageTitle } from '../../components/page-title';
import { Segmented } from '../../components/segmented';
import { Empty, Failure, Loading } from '../../components/states';
import { t } from '../../i18n';
import { addFiles, lastSent } from '../../uploads/state';
import {
  asFilter,
  FILTERS,
  type Filter,
  found,
  isLoadingMore,
  loadMore,
  nextCursor,
  pollDelayMs,
  problem,
  refresh,
  rows,
  show,
} from './list';
import { Row } from './row';
import { TranscriptDialog } from './transcript-dialog';
import './style.css';

export default function Calls() {
  const filter = asFilter(query('stage'));
  const text = query('q');
  const canSend = may('calls.write');
  const search = useRef<HTMLInputElement>(null);
  const [isPasting, setPasting] = useState(false);
  // An empty list holds the buttons itself.
  const isEmpty = rows.value?.length === 0 && !filter && !text;

  usePolling((signal) => refresh(filter, signal), pollDelayMs, filter);
  useEffect(() => {
    if (lastSent.value) show(lastSent.value);
  }, [lastSent.value]);
  useKeys({
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    '/': (event) => {
      event.preventDefault();
      search.current?.focus();
      search.current?.select();
    },
  });

  return (
    <>
      <header class="calls-head">
        <PageTitle name={t('calls.title')} />
        {canSend && !isEmpty && <Senders onPaste={() => setPasting(true)} />}
      </header>
      <div class="calls-filters">
        <label class="calls-search">
          <span class="hidden-label">{t('calls.filter')}</span>
          <Icon name="search" />
          <input
            class="input"
            type="search"
            ref={search}
            placeholder={t('calls.filter')}
            value={text}
            onInput={(event) => setQuery({ q: event.currentTarget.value })}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              setQuery({ q: '' });
              event.currentTarget.blur();
            }}
          />
          {/* Said in the list of shortcuts. */}
          <span class="calls-search-key" aria-hidden="true">
            <kbd>/</kbd>
          </span>
        </label>
        <Segmented
          label={t('calls.by_stage')}
          value={filter}
          options={FILTERS.map((value) => ({ value, name: t(`filter.${value || 'all'}`) }))}
          onChange={(stage) => setQuery({ stage })}
        />
      </div>
      <List filter={filter} text={text} canSend={canSend} onPaste={() => setPasting(true)} />
      {isPasting && <TranscriptDialog onClose={() => setPasting(false)} />}
    </>
  );
}

function List({
  filter,
  text,
  canSend,
  onPaste,
}: {
  filter: Filter;
  text: string;
  canSend: boolean;
  onPaste: () => void;
}) {
  if (rows.value === null) {
    return problem.value ? (
      <Failure error={problem.value} onRetry={() => void refresh(filter).catch(() => {})} />
    ) : (
      <Loading lines={10} />
    );
  }
  const shown = found(rows.value, text);
  if (shown.length === 0) {
    if (filter || text) {
      return (
        <Empty icon="search" title={t('calls.none_found')}>
          <button type="button" class="button" onClick={() => setQuery({ stage: '', q: '' })}>
            {t('calls.show_all')}
          </button>
        </Empty>
      );
    }
    return (
      <Empty icon="wave" title={t('calls.empty')}>
        <p>{canSend ? t('calls.empty_send') : t('calls.empty_wait')}</p>
        {canSend && (
          <div class="calls-senders">
            <Senders onPaste={onPaste} />
          </div>
        )}
      </Empty>
    );
  }
  return (
    <>
      {problem.value !== null && (
        <p class="notice careful" role="alert">
          <Icon name="alert" />
          <span>{problemText(problem.value)}</span>
        </p>
      )}
      <ul class="call-rows" aria-label={t('calls.title')}>
        {shown.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </ul>
      <footer class="calls-foot quiet small">
        <span role="status">{t('calls.count', { n: shown.length })}</span>
        {nextCursor.value && (
          <button type="button" class="button" disabled={isLoadingMore.value} onClick={() => void loadMore(filter)}>
            {isLoadingMore.value ? t('state.loading') : t('calls.more')}
          </button>
        )}
      </footer>
    </>
  );
}

function Senders({ onPaste }: { onPaste: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="calls-senders">
      <button type="button" class="button" onClick={onPaste}>
        <Icon name="document" />
        {t('transcript.paste')}
      </button>
      <button type="button" class="button main" onClick={() => input.current?.click()}>
        <Icon name="upload" />
        {t('upload.button')}
      </button>
      <input
        ref={input}
        type="file"
        class="hidden-label"
        tabIndex={-1}
        aria-label={t('upload.button')}
        multiple
        accept="audio/*,.wav,.mp3,.ogg,.opus,.m4a,.amr,.gsm,.flac,.webm,.json"
        onChange={(event) => {
          addFiles(event.currentTarget.files ?? []);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}

function moveFocus(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('[data-row]')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
  links[next]?.focus();
  links[next]?.closest('li')?.scrollIntoView({ block: 'nearest' });
}
