/** What a tenant's page can do with cookies: to the dashboard, and to its siblings. */

import { strict as assert } from 'node:assert';
import { before, describe, test } from 'node:test';
import { recordAsked } from '../../lib/asked.ts';
import type { Person } from '../../lib/browser.ts';
import { appsDomain, controlHost, LOCAL, PRODUCTION } from '../../lib/names.ts';
import { ADA, MALLORY, text, Village } from '../../lib/village.ts';

const BUDGET = { timeout: 90_000 };

for (const names of [LOCAL, PRODUCTION]) {
  describe(`cookies of a tenant's page ${names.title}`, () => {
    const village = new Village(names);
    const secure = names.tls ? '; secure' : '';
    let malloryHerself: Person;
    let stolen: string;
    before(async () => {
      malloryHerself = await village.person();
      await malloryHerself.open('/sign-in');
      await malloryHerself.signIn(MALLORY.email, MALLORY.password);
      await malloryHerself.sees('Projects');
      stolen = (await malloryHerself.cookie()) ?? '';
      assert.match(stolen, /^croft_ses_/);
    }, BUDGET);

    /** Visits a trap that tries to set these cookies by script; answers what it then has. */
    async function toss(person: Person, name: string, cookies: string[]): Promise<string> {
      const trap = await village.trap(name, `<script>for (const cookie of ${JSON.stringify(cookies)}) document.cookie = cookie; __ran('has ' + document.cookie)</script>`);
      person.ran.length = 0;
      const page = await person.context.newPage();
      await page.goto(trap);
      await page.close();
      return person.ran[0] ?? '';
    }

    /** Who the dashboard takes the browser for, and what the browser sent. */
    async function whoIs(person: Person): Promise<{ status?: number; email?: string; cookie?: string }> {
      const page = await person.context.newPage();
      const asked = await recordAsked(page, village.server.control);
      const answer = await page.goto(`${village.server.control}/api/v1/me`);
      const { email } = await answer?.json();
      await page.close();
      return { status: answer?.status(), email, cookie: asked.find((one) => one.url.endsWith('/me'))?.cookie };
    }

    test('a session planted from a sibling is not taken, and does not hide the real one', BUDGET, async (t) => {
      const ada = await village.adaAtHome();
      const domains = ['', `; domain=${names.domain}`, `; domain=.${names.domain}`, `; domain=${appsDomain(names)}`, `; domain=${controlHost(names)}`];
      const named = ['__Host-croft', '__host-croft', '__HOST-CROFT', '__Host-croft ', ' __Host-croft', '__Secure-croft', 'sess', 'croft'];
      const cookies = domains.flatMap((domain) => [...named.map((name) => `${name}=${stolen}; path=/${domain}${secure}`), `sess=${stolen}; path=/api${domain}${secure}`, `=__Host-croft=${stolen}; path=/${domain}${secure}`]);
      const has = await toss(ada, 'toss', cookies);
      assert.ok(has.includes(`sess=${stolen}`), `the trap can set cookies: ${has}`);

      const seen = await whoIs(ada);
      t.diagnostic(`the dashboard was sent ${seen.cookie?.replaceAll(/croft_ses_\w+/g, (s) => (s === stolen ? 'MALLORYS' : 'ADAS'))}`);
      assert.equal(seen.cookie?.includes(`sess=${stolen}`), names.tls, 'siblings of one domain can send the dashboard a cookie, on this shape');
      assert.deepEqual({ status: seen.status, email: seen.email }, { status: 200, email: ADA.email });
      await ada.open('/');
      await ada.sees('Projects');
      await ada.signOut();
      assert.equal((await whoIs(ada)).status, 401, 'what is left of the toss signs nobody in');
    });

    test('nobody who is signed out is signed in by a planted session', BUDGET, async () => {
      const stranger = await village.person();
      await toss(stranger, 'plant', ['', `; domain=${names.domain}`].flatMap((domain) => [`__Host-croft=${stolen}; path=/${domain}; secure`, `=__Host-croft=${stolen}; path=/${domain}; secure`]));
      const { status, cookie } = await whoIs(stranger);
      assert.equal(status, 401);
      assert.ok(!cookie?.includes('__Host-croft'), cookie);
    });

    test('a jar made to overflow ends a session at worst, and never changes whose it is', BUDGET, async (t) => {
      const ada = await village.adaAtHome();
      const many = Array.from({ length: 400 }, (_, n) => `c${n}=${n}; path=/; domain=${names.domain}${secure}`);
      await toss(ada, 'overflow', [...many, `__Host-croft=${stolen}; path=/; domain=${names.domain}; secure`]);
      const { status, email } = await whoIs(ada);
      t.diagnostic(`after 400 cookies of a sibling: ${status} ${email ?? ''}`);
      assert.ok((status === 200 && email === ADA.email) || status === 401);
    });

    test('a jar too big to send is refused, and the browser is well again without it', BUDGET, async (t) => {
      const ada = await village.adaAtHome();
      const big = Array.from({ length: 20 }, (_, n) => `b${n}=${'x'.repeat(3_900)}; path=/; domain=${names.domain}${secure}`);
      await toss(ada, 'bomb', big);
      const page = await ada.context.newPage();
      const asked = await recordAsked(page, village.server.control);
      // A browser shows a page of its own for a refusal without a body, and Playwright calls that a failure.
      await page.goto(`${village.server.control}/api/v1/installation`).catch(() => {});
      const status = asked[0]?.status;
      t.diagnostic(`after 78 KiB of cookies of a sibling: ${status}`);
      assert.equal(status, names.tls ? 431 : 200);
      await page.close();
      await ada.context.clearCookies({ name: /^b\d+$/ });
      assert.equal((await whoIs(ada)).email, ADA.email);
    });

    test('an answer\'s cookies stay on its own host, and Croft\'s own never reach an app', BUDGET, async (t) => {
      const ada = await village.adaAtHome();
      const fields = [`wide=1; Domain=${appsDomain(names)}; Path=/`, `wider=1; Domain=${names.domain}; Path=/`, `__Host-croft=${stolen}; Path=/; Secure`, 'own=1; Path=/'];
      const urls: string[] = [];
      for (const [at, field] of fields.entries()) {
        urls.push(await village.deploy(village.mallory, village.mallorys, `set${at}`, `response(200, "set", #{ "content-type": "text/plain", "set-cookie": ${text(field)} })`));
      }
      const echo = `response(200, if ctx.headers.contains("cookie") { ctx.headers["cookie"] } else { "none" })`;
      const mine = await village.deploy(village.mallory, village.mallorys, 'echo', echo);
      const siblings = await village.deploy(village.ada, village.adas, 'echo', echo);
      const page = await ada.context.newPage();
      for (const url of urls) await page.goto(url);
      await page.goto(mine);
      const own = await page.locator('body').innerText();
      assert.deepEqual(own.split('; ').toSorted(), ['own=1', 'wide=1', 'wider=1'], 'they were set, for this host only');
      await page.goto(siblings);
      assert.equal(await page.locator('body').innerText(), 'none');

      // By script a page sets what its browser lets it; no server can see or stop that.
      await toss(ada, 'script-wide', [`byscript=1; path=/; domain=${appsDomain(names)}${secure}`]);
      await page.goto(siblings);
      const got = await page.locator('body').innerText();
      t.diagnostic(`a cookie set by script for ${appsDomain(names)} reaches siblings: ${got.includes('byscript')}`);
      assert.ok(!got.includes('croft_ses_'), got);
      await page.close();
      assert.equal((await whoIs(ada)).email, ADA.email);
    });
  });
}
