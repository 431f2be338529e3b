// `npm run preview`: the built dashboard as the server would send it, on made-up data.
import { defineConfig } from 'vite';
import { mock } from './plugin.ts';

export default defineConfig({ appType: 'spa', build: { outDir: 'build' }, plugins: [mock()], preview: { port: 5181 } });
