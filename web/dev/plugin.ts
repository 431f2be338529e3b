// Development only: answers the API from made-up data, so that pages can be worked on without a
// server. Nothing here is part of what is built.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { followCalls } from './functions.ts';
import { answer, events, type Asked } from './mock.ts';

const MOST_BYTES = 1024 * 1024;

async function body(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('body too large');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function stream(response: ServerResponse, calls: boolean) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const stop = calls
    ? followCalls((call) => response.write(`id: ${call.id}\nevent: invocation\ndata: ${JSON.stringify(call)}\n\n`))
    : events((event) => response.write(`id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`));
  response.on('close', stop);
}

async function handle(request: IncomingMessage, response: ServerResponse, next: () => void) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (!url.pathname.startsWith('/api/v1')) return next();
  if (url.searchParams.get('follow') === 'true') return stream(response, url.pathname.endsWith('/invocations'));
  const asked: Asked = {
    method: request.method ?? 'GET',
    path: decodeURI(url.pathname.slice('/api/v1'.length)),
    query: url.searchParams,
    body: (await body(request)) as Asked['body']
  };
  const { status, value } = answer(asked);
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  // As slow as a real one, and slower where a skeleton is to be seen.
  setTimeout(() => {
    response.writeHead(status, { 'content-type': type, 'croft-request-id': 'req_2mQx81kdP4' });
    response.end(value === undefined ? undefined : JSON.stringify(value));
  }, Number(process.env.MOCK_DELAY_MS ?? 20));
}

/** What the server sends with every page; here so that a violation shows while working. */
function policy(page: string): string {
  const hashes = Array.from(page.matchAll(/<script>([\s\S]*?)<\/script>/g), ([, text]) => {
    return `'sha256-${createHash('sha256').update(text ?? '').digest('base64')}'`;
  });
  return `default-src 'none'; script-src 'self' ${hashes.join(' ')}; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

export function mock(): Plugin {
  return {
    name: 'croft-mock',
    configureServer(server) {
      server.middlewares.use((request, response, next) => void handle(request, response, next).catch(next));
    },
    configurePreviewServer(server) {
      const header = policy(readFileSync(join(server.config.build.outDir, 'index.html'), 'utf8'));
      server.middlewares.use((request, response, next) => {
        response.setHeader('content-security-policy', header);
        void handle(request, response, next).catch(next);
      });
    }
  };
}
