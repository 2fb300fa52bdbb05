import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../components/icon';
import { t } from '../i18n';
import { addFiles } from './state';
import './drop-zone.css';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** The whole window takes files, wherever in the product they are dropped. */
export function DropZone() {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    // Entering a child comes before leaving its parent, so only the count says when the window is left.
    let depth = 0;
    const move = (step: 1 | -1) => (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += step;
      setOver(depth > 0);
    };
    window.addEventListener('dragenter', move(1), { signal });
    window.addEventListener('dragleave', move(-1), { signal });
    window.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault(), { signal });
    window.addEventListener(
      'drop',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        depth = 0;
        setOver(false);
        addFiles(event.dataTransfer?.files ?? []);
      },
      { signal },
    );
    return () => listening.abort();
  }, []);
  if (!isOver) return null;
  return (
    <div class="drop-zone" aria-hidden="true">
      <Icon name="upload" size={40} />
      <p>{t('upload.drop')}</p>
    </div>
  );
}
