import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** Builds the page into dist/dashboard, from where the coordinator serves it. */
export default defineConfig({
  root: import.meta.dirname,
  base: './', // works below any path, behind any proxy
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(import.meta.dirname, '../dist/dashboard'),
    emptyOutDir: true,
    assetsInlineLimit: 0, // a data: address would break the page's own Content-Security-Policy
    modulePreload: { polyfill: false },
  },
});
