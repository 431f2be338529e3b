import { sveltekit } from '@sveltejs/kit/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { mock } from './dev/plugin.ts';

/**
 * SvelteKit draws its page announcer with a style attribute, which the content security policy
 * forbids. It comes out here; `app.css` has the same rules.
 */
function withoutInlineStyle(): Plugin {
  return {
    name: 'croft-without-inline-style',
    enforce: 'pre',
    transform(code, id) {
      if (!id.split('?')[0]?.endsWith('generated/root.svelte')) return;
      const cut = code.replace(/(<div id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1');
      if (/\sstyle="/.test(cut)) this.error('the generated root has a style attribute the policy would block');
      return { code: cut, map: null };
    }
  };
}

// `vite dev` speaks to a Croft on its default address; `vite dev --mode mock` to made-up data.
export default defineConfig(({ mode }) => ({
  plugins: [withoutInlineStyle(), sveltekit(), ...(mode === 'mock' ? [mock()] : [])],
  server: {
    port: 5180,
    proxy: mode === 'mock' ? undefined : { '/api': { target: 'http://croft.localhost:8080', changeOrigin: true } }
  },
  build: { target: 'es2023', assetsInlineLimit: 0 },
  test: { include: ['src/**/*.test.ts'], environment: 'node' }
}));
