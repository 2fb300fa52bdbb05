import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Brand } from '../components/brand';
import { Dialog } from '../components/dialog';
import { Icon, type IconName } from '../components/icon';
import { Menu } from '../components/menu';
import { type Key, LANGUAGES, type Language, language, t } from '../i18n';
import { DropZone } from '../uploads/drop-zone';
import { UploadTray } from '../uploads/tray';
import { useKeys } from './keyboard';
import { chooseLanguage, chooseTheme, THEMES, type Theme, theme } from './preferences';
import { path } from './router';
import { may, me, signOut } from './session';
import './shell.css';

/** The product's places, in the order of a working day. */
const PLACES: { href: string; name: Key; icon: IconName }[] = [{ href: '/calls', name: 'nav.calls', icon: 'calls' }];

const SHORTCUTS: { keys: string[]; does: Key }[] = [
  { keys: ['J', 'K'], does: 'keys.rows' },
  { keys: ['Enter'], does: 'keys.open' },
  { keys: ['/'], does: 'keys.filter' },
  { keys: ['Space'], does: 'keys.play' },
  { keys: ['←', '→'], does: 'keys.seek' },
  { keys: ['<', '>'], does: 'keys.speed' },
  { keys: ['S'], does: 'keys.silence' },
  { keys: ['?'], does: 'keys.help' },
];

export function Shell({ children }: { children: ComponentChildren }) {
  const [isHelpOpen, setHelpOpen] = useState(false);
  useKeys({ '?': () => setHelpOpen(true) });
  return (
    <>
      <a class="skip-link button main" href="#content">
        {t('nav.skip')}
      </a>
      <header class="shell-bar">
        <a href="/calls" class="shell-home" aria-label={t('nav.home')}>
          <Brand />
        </a>
        <nav aria-label={t('nav.places')}>
          {PLACES.map(({ href, name, icon }) => (
            <a key={href} href={href} aria-current={path.value.startsWith(href) ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{t(name)}</span>
            </a>
          ))}
        </nav>
        <Menu
          label={`${me.value?.name}. ${t('nav.account')}`}
          trigger={
            <>
              <Icon name="person" />
              <span class="shell-person">{me.value?.name}</span>
              <Icon name="chevron" size={14} />
            </>
          }
        >
          <p class="shell-who">
            <strong>{me.value?.name}</strong>
            <span class="quiet small">
              {me.value && t(`role.${me.value.role}`)} · {me.value?.company.name}
            </span>
          </p>
          <Appearance />
          <button type="button" class="button bare" onClick={() => setHelpOpen(true)}>
            <Icon name="keyboard" />
            {t('keys.title')}
          </button>
          <button type="button" class="button bare" onClick={() => void signOut()}>
            <Icon name="sign_out" />
            {t('action.sign_out')}
          </button>
        </Menu>
      </header>
      <Connection />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      {may('calls.write') && <DropZone />}
      <UploadTray />
      {isHelpOpen && (
        <Dialog title={t('keys.title')} onClose={() => setHelpOpen(false)}>
          <dl class="shell-keys">
            {SHORTCUTS.map(({ keys, does }) => (
              <div key={does}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{t(does)}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </>
  );
}

/** Language and theme: a person's own choice, also before signing in. */
export function Appearance() {
  return (
    <div class="appearance">
      <label class="field">
        <span>{t('settings.language')}</span>
        <select
          class="input"
          value={language.value}
          onChange={(event) => void chooseLanguage(event.currentTarget.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t('settings.theme')}</span>
        <select class="input" value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {t(`theme.${name}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Connection() {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const update = () => setOnline(navigator.onLine);
    window.addEventListener('online', update);
    window.addEventListener('offline', update);
    return () => {
      window.removeEventListener('online', update);
      window.removeEventListener('offline', update);
    };
  }, []);
  return (
    <div role="status">
      {!isOnline && (
        <p class="shell-offline">
          <Icon name="alert" size={16} />
          {t('state.offline')}
        </p>
      )}
    </div>
  );
}
