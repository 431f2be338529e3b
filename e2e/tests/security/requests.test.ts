/** What a tenant's page can make a visitor's browser ask of the dashboard: nothing that matters. */

import { strict as assert } from 'node:assert';
import { before, describe, test } from 'node:test';
import { recordAsked, type Asked } from '../../lib/asked.ts';
import type { Person } from '../../lib/browser.ts';
import { LOCAL, PRODUCTION } from '../../lib/names.ts';
import { until } from '../../lib/wait.ts';
import { MALLORY, Village } from '../../lib/village.ts';

const BUDGET = { timeout: 90_000 };

for (const names of [LOCAL, PRODUCTION]) {
  describe(`requests from a tenant's page ${names.title}`, () => {
    const village = new Village(names);
    let ada: Person;
    before(async () => {
      ada = await village.adaAtHome();
    }, BUDGET);

    const state = async () => ({
      projects: (await village.ada.ask('GET', '/projects')).items.map((project: { name: string }) => project.name),
      me: (await village.ada.ask('GET', '/me')).name,
      sessions: (await village.ada.ask('GET', '/me/sessions')).items.length
    });

    /** Visits a trap; answers what the dashboard was asked on the way, and how it answered. */
    async function visit(person: Person, trap: string, mayFail = (_: Asked) => false): Promise<Asked[]> {
      const page = await person.context.newPage();
      const asked = await recordAsked(page, village.server.control);
      person.ran.length = 0;
      await page.goto(trap);
      await person.hasRun('done');
      // What was begun without waiting for it (beacons) is on its way still.
      await until('all to be answered', () => asked.every((one) => one.status !== undefined || mayFail(one)));
      await page.close();
      return asked;
    }

    test('the trap is a page like any: it runs, and asks its own host', BUDGET, async () => {
      const trap = await village.trap('runs', `<script>fetch('/runs').then((r) => __ran('own host ' + r.status)).then(() => __ran('done'))</script>`);
      await visit(ada, trap);
      assert.deepEqual(ada.ran, ['own host 200', 'done']);
    });

    test('requests without a preflight, sent with the visitor\'s cookies, change nothing', BUDGET, async () => {
      const api = `${village.server.control}/api/v1`;
      const trap = await village.trap(
        'plain',
        `<script type="module">
          const body = JSON.stringify({ name: 'Stolen' });
          const go = (to, options) => fetch(${JSON.stringify(api)} + to, { mode: 'no-cors', credentials: 'include', ...options }).catch((e) => __ran('refused ' + to));
          for (const type of ['text/plain', 'text/plain;application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'])
            await go('/projects', { method: 'POST', body, headers: { 'content-type': type } });
          await go('/projects', { method: 'POST', body: new Blob([body]) });
          await go('/teams', { method: 'POST', body });
          await go('/me/password', { method: 'POST', body });
          navigator.sendBeacon(${JSON.stringify(api)} + '/projects?beacon', new Blob([body], { type: 'text/plain' }));
          await go('/projects?flush', { method: 'POST', body, keepalive: true });
          __ran('done');
        </script>`
      );
      const was = await state();
      const asked = (await visit(ada, trap)).filter((one) => one.method === 'POST');
      assert.ok(asked.length >= 9, `they went out: ${JSON.stringify(asked)}`);
      // The two shapes differ here, and the rules of neither may be what protects the other.
      for (const one of asked) {
        assert.equal(one.cookie?.includes('__Host-croft=') ?? false, names.tls, `the browser sends the cookie: ${one.url}`);
        assert.equal(one.site, names.tls ? 'same-site' : 'cross-site');
        assert.equal(one.status, names.tls ? 403 : 401, one.url);
      }
      assert.deepEqual(await state(), was);
    });

    test('requests with a preflight are never sent, and no answer can be read', BUDGET, async () => {
      const api = `${village.server.control}/api/v1`;
      const trap = await village.trap(
        'cors',
        `<script type="module">
          const go = (name, to, options) =>
            fetch(${JSON.stringify(api)} + to, { credentials: 'include', ...options }).then(async (r) => __ran('READ ' + name + ' ' + await r.text()), () => __ran('kept from ' + name));
          await go('me', '/me');
          await go('installation', '/installation', { credentials: 'omit' });
          await go('json', '/projects', { method: 'POST', body: '{"name":"Stolen"}', headers: { 'content-type': 'application/json' } });
          await go('delete', ${JSON.stringify(`/projects/${village.adas.id}`)}, { method: 'DELETE' });
          await go('patch', '/me', { method: 'PATCH', body: '{"name":"Stolen"}', headers: { 'content-type': 'application/json' } });
          await go('sign-out', '/session', { method: 'DELETE' });
          const stream = new EventSource(${JSON.stringify(`${api}/projects/${village.adas.id}/events?follow=true`)}, { withCredentials: true });
          stream.onopen = stream.onmessage = () => __ran('READ stream');
          await new Promise((resolve) => (stream.onerror = resolve));
          stream.close();
          __ran('done');
        </script>`
      );
      const was = await state();
      const asked = await visit(ada, trap, (one) => one.method !== 'OPTIONS');
      assert.deepEqual(ada.ran, ['me', 'installation', 'json', 'delete', 'patch', 'sign-out'].map((name) => `kept from ${name}`).concat('done'));
      assert.deepEqual(asked.filter((one) => !['GET', 'OPTIONS'].includes(one.method) && one.status !== undefined), []);
      assert.deepEqual(await state(), was);
    });

    test('answers cannot be used as scripts, images or styles of another page', BUDGET, async () => {
      const api = `${village.server.control}/api/v1/me`;
      const trap = await village.trap(
        'embed',
        `<script>let left = 3; const did = (what) => () => { __ran(what); if (--left === 0) __ran('done'); };</script>
        ${['script', 'img'].map((tag) => `<${tag} src="${api}?${tag}" onload="did('LOADED ${tag}')()" onerror="did('kept from ${tag}')()"></${tag === 'img' ? 'b' : tag}>`).join('')}
        <link rel="stylesheet" href="${api}?style" onload="did('LOADED style')()" onerror="did('kept from style')()">`
      );
      const asked = await visit(ada, trap);
      assert.deepEqual(ada.ran.toSorted(), ['done', 'kept from img', 'kept from script', 'kept from style']);
      for (const one of asked) assert.equal(one.status, names.tls ? 403 : 401, one.url);
    });

    test('forms of other pages change nothing', BUDGET, async () => {
      const was = await state();
      for (const [at, type] of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'].entries()) {
        const trap = await village.trap(
          `form${at}`,
          `<form method="post" enctype="${type}" action="${village.server.control}/api/v1/projects"><input name='{"name":"Stolen","slug":"x' value='"}'></form>
          <script>__ran('done'); document.forms[0].submit()</script>`
        );
        const page = await ada.context.newPage();
        const answer = page.waitForResponse((response) => response.request().method() === 'POST');
        await page.goto(trap);
        assert.ok([401, 403].includes((await answer).status()), type);
        await page.close();
      }
      assert.deepEqual(await state(), was);
    });

    test('nobody is signed in as somebody else by another page', BUDGET, async () => {
      const [name, value] = MALLORY.password.split('=');
      const form = `<form method="post" enctype="text/plain" action="${village.server.control}/api/v1/session"><input name='{"email":"${MALLORY.email}","password":"${name}' value='${value}"}'></form>`;
      const trap = await village.trap('login-form', `${form}<script>document.forms[0].submit()</script>`);
      const plain = await village.trap(
        'login-plain',
        `<script type="module">
          const body = ${JSON.stringify(JSON.stringify(MALLORY))};
          for (const type of ['text/plain', 'application/json'])
            await fetch(${JSON.stringify(`${village.server.control}/api/v1/session`)}, { method: 'POST', mode: type === 'text/plain' ? 'no-cors' : 'cors', credentials: 'include', body, headers: { 'content-type': type } }).catch(() => {});
          __ran('done');
        </script>`
      );
      const stranger = await village.person();
      for (const visitor of [ada, stranger]) {
        const before = await visitor.cookie();
        const page = await visitor.context.newPage();
        const answer = page.waitForResponse((response) => response.request().method() === 'POST');
        await page.goto(trap);
        const sent = (await answer).request().postData()?.trim();
        assert.deepEqual(JSON.parse(sent ?? ''), MALLORY, 'what the form sends would sign in');
        assert.equal((await answer).status(), 403);
        await page.close();
        const asked = await visit(visitor, plain, (one) => one.url.endsWith('/session'));
        assert.ok(asked.some((one) => one.method === 'POST' && one.status === 403), JSON.stringify(asked));
        assert.equal(await visitor.cookie(), before, 'the cookie is what it was');
      }
    });
  });
}
