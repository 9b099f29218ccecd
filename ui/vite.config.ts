import { defineConfig } from 'vitest/config';

// `npm run dev` and `vite build --mode fixture` carry the made-up company; the product never does.
export default defineConfig(({ command, mode }) => ({
  define: { __FIXTURE__: JSON.stringify(command === 'serve' || mode === 'fixture') },
  build: {
    target: 'es2022',
    // The content policy allows neither inline scripts nor fonts from data: addresses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 1500,
    // Libraries mark their files for servers; here everything is a client.
    rolldownOptions: { onwarn: (warning, warn) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(warning) },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
}));
