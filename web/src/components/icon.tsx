/** Drawn on a grid of 24, one stroke wide. */
const PATHS = {
  alert: 'M12 4 2.8 19.5h18.4L12 4Zm0 6v4.5m0 2.7v.1',
  arrow_left: 'M19 12H5m6-6-6 6 6 6',
  calls:
    'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1.5 1.5 0 0 1-1.6 1.5A15.5 15.5 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4Z',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  chevron: 'm6 9 6 6 6-6',
  clock: 'M12 7v5.2l3.3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  close: 'm6 6 12 12M18 6 6 18',
  dash: 'M7 12h10',
  document:
    'M14 3v5h5M9 13h6m-6 4h4m1-14H7.5A1.5 1.5 0 0 0 6 4.5v15A1.5 1.5 0 0 0 7.5 21h9a1.5 1.5 0 0 0 1.5-1.500V8l-4-5Z',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 2.800a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.600Z',
  globe:
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0 0c2.5-2.5 3.5-5.5 3.5-9S14.5 5.5 12 3m0 18c-2.5-2.5-3.5-5.5-3.5-9S9.5 5.5 12 3M3.3 9h17.400M3.3 15h17.4',
  inbound: 'M17 7 7 17m0-8v8h8',
  internal: 'M4 9h14l-3.5-3.500M20 15H6l3.5 3.5',
  keyboard:
    'M3 7.500A1.5 1.5 0 0 1 4.5 6h15A1.5 1.5 0 0 1 21 7.500v9a1.5 1.5 0 0 1-1.5 1.500h-15A1.5 1.5 0 0 1 3 16.500v-9ZM7 10h.1m3.2 0h.1m3.3 0h.1m3.2 0h.1M8 14h8',
  more: 'M12 5.500v.1m0 6.400v.1m0 6.400v.1',
  moon: 'M20 14.500A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.500Z',
  outbound: 'M7 17 17 7M9 7h8v8',
  pause: 'M8.5 6v12m7-12v12',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 8c.6-3.5 3.3-5.5 7-5.500s6.4 2 7 5.5',
  play: 'M8 5.500v13l10.5-6.500L8 5.500Z',
  question: 'M9 9.200a3 3 0 1 1 4.5 2.600c-1 .6-1.5 1.2-1.5 2.400m0 3v.1',
  retry: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.300L20 9.500M20 4v5.500h-5.5',
  search: 'm20 20-4.5-4.500m-5 2a7 7 0 1 1 0-14 7 7 0 0 1 0 14Z',
  sign_out: 'M14 4H6.500A1.5 1.5 0 0 0 5 5.500v13A1.5 1.5 0 0 0 6.5 20H14m-4-8h11m-4-4 4 4-4 4',
  star: 'm12 4 2.4 5.2 5.6.7-4.1 3.9 1.1 5.6-5-2.8-5 2.8 1.1-5.600L4 9.900l5.6-.7L12 4Z',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-13v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.400m0-12.800L17 7M7 17l-1.4 1.4',
  swap: 'M4 8.500h14l-3.500-3.500M20 15.500H6l3.500 3.500',
  target: 'M5 7h14M5 12h14M5 17h8',
  upload: 'M12 16V4m-5 5 5-5 5 5M4 16v2.500A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.500V16',
  wave: 'M4 10.500v3M8 6.500v11m4-14v17m4-12v7m4-5v3',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon-glyph"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={name === 'play' ? 'currentColor' : 'none'}
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
