/** A proxy that ends TLS before Croft, as one does in production. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { appsDomain, controlHost, type Names } from './names.ts';

export interface Proxy {
  port: number;
  /** Tells where Croft listens; what comes before is answered with 503. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

/** Starts one with a certificate of its own making, which lies in `folder`. */
export async function startProxy(names: Names, folder: string): Promise<Proxy> {
  let target: number | undefined;
  // Room for what only Croft should refuse.
  const server = createServer({ ...(await certificate(names, folder)), maxHeaderSize: 1024 * 1024 }, (asked, answer) => {
    if (target === undefined) answer.writeHead(503).end();
    else forward(target, asked, answer);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port) => (target = port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      })
  };
}

function forward(port: number, asked: IncomingMessage, answer: ServerResponse): void {
  // `rawHeaders`, so that what a browser repeats (cookies) arrives as it was sent.
  const headers = [...asked.rawHeaders, 'X-Forwarded-For', asked.socket.remoteAddress ?? '', 'X-Forwarded-Proto', 'https'];
  const onward = request({ host: '127.0.0.1', port, method: asked.method, path: asked.url, headers, agent: false, setHost: false }, (got) => {
    answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
    got.pipe(answer);
  });
  onward.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
}

async function certificate(names: Names, folder: string): Promise<{ key: Buffer; cert: Buffer }> {
  const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  const hosts = [controlHost(names), `*.${appsDomain(names)}`, names.domain].map((host) => `DNS:${host}`).join(',');
  await promisify(execFile)(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-keyout', key, '-out', cert, '-subj', '/CN=croft-e2e', '-addext', `subjectAltName=${hosts}`],
    { timeout: 10_000 }
  );
  return { key: await readFile(key), cert: await readFile(cert) };
}
