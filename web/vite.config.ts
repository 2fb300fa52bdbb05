import { defineConfig } from 'vitest/config';

// `npm run dev` serves the page alone and sends API calls to the product, wherever it runs.
const api = process.env.DIALIX_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  server: { proxy: { '/v1': api } },
  preview: { proxy: { '/v1': api } },
  build: {
    outDir: '../functions/api/page',
    emptyOutDir: true,
    // light-dark(), :has() and nesting are used as they are.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // A data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
