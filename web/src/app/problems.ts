import { ApiError } from '../api';
import { t } from '../i18n';

/** Any failure in the reader's words. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('problem.unknown');
  if (error.isOffline) return t('problem.offline');
  switch (error.status) {
    case 401:
      return t('problem.signed_out');
    case 403:
      return t('problem.forbidden');
    case 404:
      return t('problem.not_found');
    case 413:
      return t('problem.too_large');
    case 429:
      return t('problem.too_many');
    default:
      if (error.status >= 500) return t('problem.server');
      return error.fields[0] ? `${error.fields[0].field}: ${error.fields[0].message}` : error.message;
  }
}
