import { Empty } from '../../components/states';
import { t } from '../../i18n';

export function NotFound() {
  return (
    <Empty icon="search" title={t('not_found.title')}>
      <p>{t('not_found.text')}</p>
      <a class="button" href="/calls">
        {t('not_found.back')}
      </a>
    </Empty>
  );
}
