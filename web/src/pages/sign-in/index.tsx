import { useRef, useState } from 'preact/hooks';
import { ApiError } from '../../api';
import { problemText } from '../../app/problems';
import { query } from '../../app/router';
import { signIn } from '../../app/session';
import { Appearance } from '../../app/shell';
import { Brand } from '../../components/brand';
import { Icon } from '../../components/icon';
import { PageTitle } from '../../components/page-title';
import { t } from '../../i18n';
import './style.css';

export default function SignIn() {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [isShown, setShown] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const passwordField = useRef<HTMLInputElement>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setError('');
    try {
      await signIn(username.trim(), password);
    } catch (problem) {
      setBusy(false);
      setError(isRefused(problem) ? t('sign_in.wrong') : problemText(problem));
      passwordField.current?.select();
    }
  };

  return (
    <main class="sign-in">
      <form class="panel" onSubmit={submit}>
        <Brand size={36} />
        <PageTitle name={t('sign_in.title')} />
        {query('ended') && !error && <p class="quiet small">{t('problem.signed_out')}</p>}
        {error && (
          <p class="notice bad" role="alert">
            <Icon name="alert" />
            <span>{error}</span>
          </p>
        )}
        <label class="field">
          <span>{t('sign_in.username')}</span>
          <input
            class="input"
            name="username"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            value={username}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
        </label>
        <div class="field">
          <label class="field-label" for="password">
            {t('sign_in.password')}
          </label>
          <div class="sign-in-password">
            <input
              id="password"
              class="input"
              name="password"
              // The types know one kind of field at a time.
              type={(isShown ? 'text' : 'password') as 'password'}
              autocomplete="current-password"
              required
              ref={passwordField}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
            <button
              type="button"
              class="button bare icon"
              aria-label={t('sign_in.show_password')}
              aria-pressed={isShown}
              onClick={() => setShown(!isShown)}
            >
              <Icon name="eye" />
            </button>
          </div>
        </div>
        <button type="submit" class="button main" disabled={isBusy}>
          {isBusy ? t('sign_in.busy') : t('sign_in.submit')}
        </button>
      </form>
      <Appearance />
    </main>
  );
}

const isRefused = (problem: unknown): boolean =>
  problem instanceof ApiError && (problem.status === 401 || problem.status === 422);
