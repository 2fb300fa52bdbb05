import { useEffect } from 'preact/hooks';
import { bytes, percent } from '../app/format';
import { Icon } from '../components/icon';
import { t } from '../i18n';
import { clear, remove, retry, type Upload, uploads } from './state';
import './tray.css';

/** The files that are being sent, in a corner of every page. */
export function UploadTray() {
  const all = uploads.value;
  const left = all.filter((each) => each.state === 'waiting' || each.state === 'sending').length;
  useEffect(() => {
    if (left === 0) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [left > 0]);
  if (all.length === 0) return null;
  return (
    <section class="tray" aria-label={t('upload.title')}>
      <header>
        <h2>
          <span role="status">{left > 0 ? t('upload.left', { n: left }) : t('upload.done')}</span>
        </h2>
        <button
          type="button"
          class="button bare icon"
          aria-label={left > 0 ? t('upload.cancel_all') : t('action.close')}
          onClick={clear}
        >
          <Icon name="close" />
        </button>
      </header>
      <ul>
        {all.map((upload) => (
          <Row key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function Row({ upload }: { upload: Upload }) {
  const { id, file, state, share, problem, call } = upload;
  return (
    <li class={state}>
      <span class="tray-name" title={file.name}>
        {file.name}
      </span>
      <span class="tray-action">
        {call && <a href={`/calls/${call}`}>{t('upload.open')}</a>}
        {state === 'failed' && (
          <button type="button" class="button bare" onClick={() => retry(id)}>
            {t('action.retry')}
          </button>
        )}
        {(state === 'waiting' || state === 'sending') && (
          <button
            type="button"
            class="button bare icon"
            aria-label={t('upload.cancel', { name: file.name })}
            onClick={() => remove(id)}
          >
            <Icon name="close" size={14} />
          </button>
        )}
      </span>
      <span class="tray-note">
        {state === 'sending' && <progress aria-label={file.name} value={share} max={1} />}
        {state === 'sending' && percent(share * 100)}
        {state === 'waiting' && `${t('upload.waiting')} · ${bytes(file.size)}`}
        {state === 'sent' && t('upload.sent')}
        {state === 'known' && t('upload.known')}
        {state === 'failed' && problem}
      </span>
    </li>
  );
}
