/** The name with its mark: four bars of sound. */
export function Brand({ size = 28 }: { size?: number }) {
  return (
    <span class="brand" style={{ fontSize: `${size * 0.72}px` }}>
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="var(--accent)" />
        <path
          d="M8 14v4m5.3-8.500v13m5.4-10.500v8m5.3-5.500v3"
          stroke="var(--on-accent)"
          stroke-width="3"
          stroke-linecap="round"
        />
      </svg>
      Dialix
    </span>
  );
}
