import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';
import { mock } from './dev/plugin.ts';

// `vite dev` speaks to a Croft on its default address; `vite dev --mode mock` to made-up data.
export default defineConfig(({ mode }) => ({
  plugins: [sveltekit(), ...(mode === 'mock' ? [mock()] : [])],
  server: {
    port: 5180,
    proxy: mode === 'mock' ? undefined : { '/api': { target: 'http://croft.localhost:8080', changeOrigin: true } }
  },
  build: { target: 'es2023', assetsInlineLimit: 0 },
  test: { include: ['src/**/*.test.ts'], environment: 'node' }
}));
