/** What a function answers on the control host runs nothing there, whoever opens it (decision 2). */

import { strict as assert } from 'node:assert';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Person } from '../../lib/browser.ts';
import { LOCAL, PRODUCTION } from '../../lib/names.ts';
import { ADA, text, Village } from '../../lib/village.ts';
import { until } from '../../lib/wait.ts';

const BUDGET = { timeout: 120_000 };

/** Each says so where it runs. */
const PAGE = `<!doctype html><body onload="__ran('load')"><script>__ran('page');navigator.serviceWorker?.register('sw.js')</script><img src=x onerror="__ran('img')">`;
const IMAGE = `<svg xmlns="http://www.w3.org/2000/svg" onload="__ran('svg')"><script>top.__ran('svg script')</script></svg>`;
const WORKER = `self.__ran?.('script'); self.addEventListener('fetch', (event) => event.respondWith(new Response('taken over')));`;

/** Answers by the end of the path, as badly as it can. */
const SOURCE = `
fn handle(ctx) {
  let bad = #{ "service-worker-allowed": "/", "content-disposition": "inline", "content-security-policy": "default-src * 'unsafe-inline'",
               "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin", "x-content-type-options": "none" };
  if ctx.path.ends_with(".js") { return response(200, ${text(WORKER)}, bad).content_type("text/javascript"); }
  if ctx.path.ends_with(".svg") { return response(200, ${text(IMAGE)}, bad).content_type("image/svg+xml"); }
  response(200, ${text(PAGE)}, bad).content_type("text/html").cookie("__Host-theirs", "1", #{ secure: true })
}`;
const PATHS = ['/page', '/image.svg', '/sw.js'];

for (const names of [LOCAL, PRODUCTION]) {
  describe(`a function's answer on the control host ${names.title}`, () => {
    const village = new Village(names);
    let ada: Person;
    let id: string;
    const at = (path: string) => `/api/v1/execute/${id}${path}`;

    before(async () => {
      // In Ada's own project, so that nothing but what is tried here keeps her from it.
      id = (await village.ada.ask('PUT', `/projects/${village.adas.id}/functions/trap`, { source: SOURCE, routes: [{ method: '*', path: '/trap/*rest' }] })).id;
      ada = await village.adaAtHome();
    }, BUDGET);

    test('on the project\'s own host it runs, and registers', BUDGET, async () => {
      const visitor = await village.person();
      const own = village.server.app(`proj-${village.adas.label}`);
      await until('the route', async () => (await village.status(`${own}/trap/page`)) === 200);
      await visitor.page.goto(`${own}/trap/page`);
      await visitor.hasRun('page');
      await visitor.hasRun('img');
      await until('a service worker', () => visitor.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length));
      await visitor.context.close();
    });

    test('opened by somebody who is signed in it is a 401 that says why', BUDGET, async () => {
      const page = await ada.context.newPage();
      for (const path of PATHS) {
        const answer = await page.goto(village.server.control + at(path));
        assert.equal(answer?.status(), 401);
        assert.match((await answer?.text()) ?? '', /cookie is not taken here/);
      }
      await page.close();
      await nothingHappened(ada);
    });

    test('nor is it loaded by a page: as a script, an image, a frame, a worker', BUDGET, async () => {
      await ada.open('/');
      await ada.sees('Projects');
      await load(ada, PATHS.map(at));
      await nothingHappened(ada);
    });

    test('a page that has a token gets bytes, never a page', BUDGET, async () => {
      const { token } = await village.ada.ask('POST', '/session', { ...ADA, transport: 'bearer' });
      const seen = await ada.page.evaluate(
        async ([to, token]) => {
          const answer = await fetch(to as string, { headers: { authorization: `Bearer ${token}` } });
          const headers: Record<string, string> = {};
          answer.headers.forEach((value, name) => (headers[name] = value));
          return { status: answer.status, headers, text: await answer.text() };
        },
        [at('/page'), token]
      );
      assert.equal(seen.status, 200);
      assert.equal(seen.text, PAGE);
      assert.equal(seen.headers['content-disposition'], 'attachment');
      assert.equal(seen.headers['content-security-policy'], "sandbox; default-src 'none'");
      assert.equal(seen.headers['x-content-type-options'], 'nosniff');
      assert.equal(seen.headers['cross-origin-resource-policy'], 'same-origin');
      assert.match(seen.headers['croft-dropped-headers'] ?? '', /service-worker-allowed/);
      assert.equal((await ada.context.cookies()).some((cookie) => cookie.name === '__Host-theirs'), false);
      await nothingHappened(ada);
    });

    test('what the dashboard tries comes as text', BUDGET, async () => {
      const seen = await ada.page.evaluate(
        async (to) => {
          const body = JSON.stringify({ path: '/page' });
          const answer = await fetch(to, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
          return { kind: answer.headers.get('content-type'), json: await answer.json() };
        },
        `/api/v1/functions/${id}/test`
      );
      assert.equal(seen.kind, 'application/json');
      assert.equal(seen.json.body, PAGE);
      await nothingHappened(ada);
    });
  });
}

/** Even where every request carries a token, which no browser does by itself. */
describe('a function\'s answer where a token comes by itself', () => {
  const village = new Village(LOCAL);
  let forged: Server;
  let origin: string;
  let id: string;

  before(async () => {
    id = (await village.ada.ask('PUT', `/projects/${village.adas.id}/functions/trap`, { source: SOURCE })).id;
    const { token } = await village.ada.ask('POST', '/session', { ...ADA, transport: 'bearer' });
    forged = await forge(new URL(village.server.control), token);
    origin = `http://croft.localhost:${(forged.address() as AddressInfo).port}`;
  }, BUDGET);

  after(() => {
    forged?.close();
    forged?.closeAllConnections();
  });

  test('it is saved instead of shown, in a window and in frames, and nothing is registered', BUDGET, async () => {
    const visitor = await village.person();
    visitor.tolerate(/^request to elsewhere/);
    for (const path of PATHS) {
      const saved = visitor.page.waitForEvent('download');
      await assert.rejects(visitor.page.goto(`${origin}/api/v1/execute/${id}${path}`), /Download is starting/);
      await (await saved).cancel();
    }
    // A page of that origin without a policy of its own: only the answers' headers are between.
    await visitor.page.goto(`${origin}/bare`);
    await visitor.page.evaluate(() => (globalThis as unknown as { __ran(what: string): void }).__ran('bare'));
    await visitor.hasRun('bare');
    visitor.ran.length = 0;
    await load(visitor, ['/page', '/image.svg'].map((path) => `/api/v1/execute/${id}${path}`));
    const refused = await visitor.page.evaluate(async (to) => {
      const tries = [{ scope: '/' }, { scope: '/api/' }, {}].map((options) => navigator.serviceWorker.register(to, options));
      return (await Promise.allSettled(tries)).map((one) => one.status);
    }, `/api/v1/execute/${id}/sw.js`);
    assert.deepEqual(refused, ['rejected', 'rejected', 'rejected']);
    visitor.problems.length = 0;
    await nothingHappened(visitor);
  });
});

/** Forwards to Croft, with a token for every call of a function, and serves one page without any policy. */
async function forge(control: URL, token: string): Promise<Server> {
  const server = createServer((asked, answer) => {
    if (asked.url === '/bare') return void answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Bare</title>');
    const headers = { ...asked.headers, host: control.host, authorization: `Bearer ${token}` };
    delete headers.cookie;
    // As of a browser that does not say what it wants things for: Croft refuses sooner where one does.
    delete headers['sec-fetch-dest'];
    const onward = request({ host: '127.0.0.1', port: control.port, method: asked.method, path: asked.url, headers, agent: false }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
      got.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return server;
}

/** Puts them into the page in every way that a page loads something, and waits until each is loaded or refused. */
async function load(person: Person, paths: string[]): Promise<void> {
  await person.page.evaluate(async (paths) => {
    const ways: [string, string][] = [['script', 'src'], ['img', 'src'], ['iframe', 'src'], ['embed', 'src'], ['object', 'data'], ['link', 'href']];
    const waits = paths.flatMap((path) =>
      ways.map(([tag, attribute]) => {
        const element = document.createElement(tag);
        element.setAttribute(attribute, path);
        if (tag === 'link') element.setAttribute('rel', 'stylesheet');
        const settled = new Promise((resolve) => ['load', 'error'].forEach((event) => element.addEventListener(event, resolve)));
        document.body.append(element);
        return settled;
      })
    );
    const tries = paths.flatMap((path) => [
      navigator.serviceWorker?.register(path, { scope: '/' }),
      navigator.serviceWorker?.register(path),
      new Promise((_, reject) => {
        try {
          new Worker(path).onerror = reject;
        } catch (error) {
          reject(error);
        }
      })
    ]);
    // A frame whose answer is saved, or refused by a policy, may say neither.
    const enough = new Promise((resolve) => setTimeout(resolve, 3_000));
    await Promise.race([Promise.allSettled([...waits, ...tries]), enough]);
  }, paths);
}

async function nothingHappened(person: Person): Promise<void> {
  assert.deepEqual(person.ran, []);
  const workers = await person.page.evaluate(async () => (await navigator.serviceWorker?.getRegistrations())?.length ?? 0);
  assert.equal(workers, 0, 'no service worker is registered');
}
