import { useState } from 'preact/hooks';
import { ApiError, api } from '../../api';
import { clock } from '../../app/format';
import { problemText } from '../../app/problems';
import { navigate } from '../../app/router';
import { Dialog } from '../../components/dialog';
import { Icon } from '../../components/icon';
import { t } from '../../i18n';
import { lastSent } from '../../uploads/state';
import { parseTranscript } from './parse-transcript';

/** The door for a dialogue that is text already. */
export function TranscriptDialog({ onClose }: { onClose: () => void }) {
  const [title, setTitle] = useState('');
  const [pasted, setPasted] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const parsed = parseTranscript(pasted);
  const isGood = parsed !== null && 'transcript' in parsed;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!isGood || isBusy) return;
    setBusy(true);
    setError('');
    try {
      const { call } = await api.sendTranscript({ ...parsed.transcript, ...(title.trim() && { title: title.trim() }) });
      lastSent.value = call;
      onClose();
      navigate(`/calls/${call.id}`);
    } catch (problem) {
      setBusy(false);
      setError(problem instanceof ApiError ? problemText(problem) : t('problem.unknown'));
    }
  };

  return (
    <Dialog title={t('transcript.title')} onClose={onClose}>
      <form class="transcript-form" onSubmit={submit}>
        <label class="field">
          <span>{t('transcript.name')}</span>
          <input class="input" maxLength={200} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{t('transcript.text')}</span>
          <textarea
            class="input"
            rows={11}
            placeholder={t('transcript.example')}
            aria-describedby="transcript-note"
            aria-invalid={parsed !== null && !isGood}
            value={pasted}
            onInput={(event) => setPasted(event.currentTarget.value)}
          />
        </label>
        <p id="transcript-note" class="small quiet" role="status">
          {parsed === null && t('transcript.hint')}
          {parsed !== null && !isGood && (
            <span class="transcript-bad">{t('transcript.bad_line', { n: parsed.line })}</span>
          )}
          {isGood && (
            <>
              {t('transcript.found', { n: parsed.transcript.turns.length })}
              {' · '}
              {clock(Math.max(...parsed.transcript.turns.map((turn) => turn.end_ms)))}
              {parsed.hasGuessedTimes && `. ${t('transcript.guessed')}`}
            </>
          )}
        </p>
        {error && (
          <p class="notice bad" role="alert">
            <Icon name="alert" />
            <span>{error}</span>
          </p>
        )}
        <footer>
          <button type="button" class="button" onClick={onClose}>
            {t('action.cancel')}
          </button>
          <button type="submit" class="button main" disabled={!isGood || isBusy}>
            {isBusy ? t('transcript.sending') : t('transcript.send')}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
