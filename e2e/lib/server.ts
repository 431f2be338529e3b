/** Croft itself, the built binary, with data of its own; and the end of it. */

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { appsDomain, controlHost, type Names } from './names.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { until, within } from './wait.ts';

const START_MS = 60_000;
/** Croft drains for at most 10 s, then ends its Postgres. */
const STOP_MS = 25_000;

export interface Server {
  names: Names;
  /** The dashboard's origin. */
  control: string;
  /** The API by address, for programs. */
  api: string;
  /** The link that makes the first account. */
  setUpLink: string;
  /** The origin of a project's own address, or of any host below the apps' domain. */
  app(host: string): string;
  stop(): Promise<void>;
}

/** Starts a server that nobody has set up yet. `settings` are of its environment. */
export async function startServer(names: Names, settings: Record<string, string> = {}): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'croft-e2e-'));
  // The server's Postgres may run as another user, who must be able to pass.
  await chmod(folder, 0o755);
  const proxy = names.tls ? await startProxy(names, folder) : undefined;
  const port = await freePort();
  const data = join(folder, 'data');
  const child = spawn(resolve(process.env.CROFT_BIN ?? '../target/debug/croft'), ['serve'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...environment(names, data, port, proxy), ...settings },
    stdio: ['ignore', 'pipe', 'pipe']
  });
  // What goes wrong in the server is read beside the test that it fails.
  const told = (text: Buffer) => {
    for (const line of String(text).split('\n')) if (/ERROR|panicked/.test(line)) console.error(`croft: ${line}`);
  };
  child.stdout?.on('data', told);
  child.stderr?.on('data', told);
  const stop = stopper(child, folder, proxy);
  try {
    const setUpLink = await printedLink(child);
    proxy?.leadTo(port);
    const [scheme, seen] = proxy ? ['https', proxy.port] : ['http', port];
    return {
      names,
      control: `${scheme}://${controlHost(names)}:${seen}`,
      api: `http://127.0.0.1:${port}/api/v1`,
      setUpLink,
      app: (host) => `${scheme}://${host}.${appsDomain(names)}:${seen}`,
      stop
    };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

function environment(names: Names, data: string, port: number, proxy: Proxy | undefined): Record<string, string> {
  const always = { CROFT_DATA_DIR: data, CROFT_LISTEN: `127.0.0.1:${port}`, CROFT_DOMAIN: names.domain };
  if (!proxy) return always;
  return {
    ...always,
    CROFT_MODE: 'production',
    CROFT_MASTER_KEY: randomBytes(32).toString('base64'),
    CROFT_PUBLIC_URL: `https://${controlHost(names)}:${proxy.port}`,
    CROFT_TRUSTED_PROXIES: '127.0.0.1/32'
  };
}

async function printedLink(child: ChildProcess): Promise<string> {
  let said = '';
  child.stdout?.on('data', (text) => (said += text));
  child.stderr?.on('data', (text) => (said += text));
  const link = () => /Set up +(\S+)/.exec(said)?.[1];
  await until('the set-up link', () => link() ?? child.exitCode ?? child.signalCode, START_MS).catch(() => {});
  const found = link();
  if (!found) throw new Error(`Croft did not start. It said:\n${said}`);
  return found;
}

/** Ends it once; also when the tests themselves are told to end. */
function stopper(child: ChildProcess, folder: string, proxy: Proxy | undefined): () => Promise<void> {
  const interrupt = () => void child.kill('SIGINT');
  const told = () => {
    interrupt();
    child.once('exit', () => process.exit(1));
  };
  process.on('exit', interrupt);
  process.on('SIGTERM', told).on('SIGINT', told);
  return async () => {
    process.off('SIGTERM', told).off('SIGINT', told);
    try {
      await proxy?.close();
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        interrupt();
        await within(STOP_MS, 'Croft to end after SIGINT', exited);
      }
      if (child.exitCode !== 0) throw new Error(`Croft ended with ${child.exitCode ?? child.signalCode}`);
    } finally {
      child.kill('SIGKILL');
      process.off('exit', interrupt);
      await rm(folder, { recursive: true, force: true });
    }
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
