/** Frames around the dashboard, and ways that lead off it. */

import { strict as assert } from 'node:assert';
import { before, describe, test } from 'node:test';
import type { Person } from '../../lib/browser.ts';
import { LOCAL, PRODUCTION } from '../../lib/names.ts';
import { ADA, Village } from '../../lib/village.ts';
import { until } from '../../lib/wait.ts';

const BUDGET = { timeout: 120_000 };

for (const names of [LOCAL, PRODUCTION]) {
  describe(`frames and ways back ${names.title}`, () => {
    const village = new Village(names);
    let ada: Person;
    before(async () => {
      ada = await village.adaAtHome();
    }, BUDGET);

    test('the dashboard is in no frame, window handle or object of another page', BUDGET, async () => {
      const { control } = village.server;
      const paths = ['/', '/sign-in', '/account', '/api/v1/installation', '/api/v1/me', '/healthz', '/favicon.svg'];
      const own = await village.trap('framed', 'framed');
      const trap = await village.trap(
        'frames',
        `${paths.map((path) => `<iframe name="${path}" src="${control}${path}"></iframe>`).join('')}
        <object data="${control}/" type="text/html"></object><embed src="${control}/"><iframe name="own" src="${own}"></iframe>
        <script>onload = () => __ran('done')</script>`
      );
      const page = await ada.context.newPage();
      await page.goto(trap);
      await ada.hasRun('done');
      const frame = (name: string) => page.frames().find((one) => one.name() === name);
      assert.equal(await frame('own')?.locator('body').innerText(), 'framed', 'the trap can frame pages');
      for (const path of paths) {
        const shown = await until(`the frame of ${path} to settle`, () => frame(path)?.url());
        assert.ok(!shown.startsWith(control) || (await frame(path)?.locator('body').innerText()) === '', `${path} is framed: ${shown}`);
      }
      assert.equal(page.frames().filter((one) => one.url().startsWith(control)).length, 0);

      const opened = page.context().waitForEvent('page');
      await page.evaluate((to) => void window.open(to, 'victim'), `${control}/`);
      const victim = await opened;
      await victim.getByRole('heading', { level: 1, name: 'Projects' }).waitFor();
      assert.equal(await victim.evaluate(() => window.opener), null, 'a page that opens the dashboard has no hold of it');
      await victim.close();
      await page.close();
    });

    test('signing in never leads off the dashboard', BUDGET, async () => {
      const evil = village.server.app('proj-evil').replace(/^https?:/, '');
      const wanted = [evil, evil.replace('//', '/\\'), `https:${evil}`, 'https:evil.test', '/%2f%2fevil.test', '/%5cevil.test', '/.//evil.test', '/\t/evil.test', 'javascript:__ran(1)', 'data:text/html,<script>__ran(1)</script>', '@evil.test', '/sign-in?to=//evil.test'];
      for (const to of wanted) {
        const person = await village.person();
        await person.open(`/sign-in?to=${encodeURIComponent(to)}`);
        await person.signIn(ADA.email, ADA.password);
        await person.page.waitForURL((url) => url.pathname !== '/sign-in');
        await person.settles();
        assert.equal(new URL(person.page.url()).origin, village.server.control, to);
        person.tolerate(/status of 404/);
        person.assertUntroubled();
        await person.context.close();
      }
    });

    test('a good way back is taken', BUDGET, async () => {
      const person = await village.person();
      await person.open('/account?x=1');
      await person.signIn(ADA.email, ADA.password);
      await person.sees('Account');
      await person.context.close();
    });

    test('redirects from other hosts stay with the dashboard', BUDGET, async () => {
      const at = new URL(village.server.api).origin;
      const page = await ada.context.newPage();
      for (const path of ['//evil.test/', '/\\evil.test', '/%2f%2fevil.test', '/.evil.test', '/@evil.test', '/account']) {
        const asked: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        await page.goto(at + path);
        assert.equal(new URL(page.url()).origin, village.server.control, path);
        assert.deepEqual(asked.filter((url) => ![at, village.server.control].includes(new URL(url).origin)), []);
      }
      await page.close();
    });
  });
}
