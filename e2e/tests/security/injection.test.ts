/** Markup in whatever people can write, and in addresses: shown as text, never run. */

import { strict as assert } from 'node:assert';
import { before, describe, test } from 'node:test';
import type { Person } from '../../lib/browser.ts';
import { LOCAL, PRODUCTION } from '../../lib/names.ts';
import { ADA, text, Village, type Project } from '../../lib/village.ts';
import { until } from '../../lib/wait.ts';

const BUDGET = { timeout: 240_000 };

/** Each would call `__ran` where a page takes it for markup; short enough for a name. */
const MARKUP = [
  `<img src=x onerror=__ran(1)>`,
  `"><svg onload=__ran(2)>`,
  `</title><script>__ran(3)</script>`,
  `<iframe srcdoc="<script>parent.__ran(4)</script>"></iframe>`,
  `<input autofocus onfocus=__ran(5)>`,
  `</script><script>__ran(6)</script>`,
  `--></style></textarea><details open ontoggle=__ran(7)>`
];
/** What runs only where it is code, or an address. */
const OTHER = ['javascript:__ran(8)', "'-__ran(9)-'", '${__ran(10)}', '{@html __ran(11)}{{constructor.constructor("__ran(11)")()}}'];
const PAYLOADS = [...MARKUP, ...OTHER];

for (const names of [LOCAL, PRODUCTION]) {
  describe(`injected markup ${names.title}`, () => {
    const village = new Village(names);
    let ada: Person;
    const paths: string[] = [];
    let invitation: string;

    before(async () => {
      await write(village, paths);
      const { link } = await village.ada.ask('POST', `/teams/${village.adas.team_id}/invitations`, { role: 'viewer' });
      invitation = link;
      ada = await village.adaAtHome();
    }, BUDGET);

    test('a careless page runs it', BUDGET, async () => {
      const visitor = await village.person();
      for (const [at, payload] of MARKUP.entries()) {
        // Within a title, an attribute or an element, as the payload needs it.
        const trap = await village.trap(`careless${at}`, `${payload.startsWith('"') ? `<b title="${payload}">` : payload}`);
        await visitor.page.goto(trap);
        await visitor.hasRun(String(at + 1));
      }
    });

    test('no page of the dashboard does', BUDGET, async () => {
      const shown = new Set<string>();
      for (const path of paths) {
        await ada.open(path);
        await ada.settles();
        await ada.page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
        await assertPlain(ada, path);
        const seen = await ada.page.locator('body').innerText();
        for (const payload of PAYLOADS) if (seen.includes(payload)) shown.add(payload);
        // What a script said and threw stands beside its calls.
        if (path.endsWith('/logs')) assert.ok(seen.includes(PAYLOADS.join(' ')), seen);
      }
      assert.deepEqual(PAYLOADS.filter((payload) => !shown.has(payload)), [], 'all of it was on some page');
    });

    test('nor do the palette, the menus and the dialogs', BUDGET, async () => {
      await ada.open('/');
      await ada.sees('Projects');
      for (const payload of PAYLOADS) {
        await ada.page.keyboard.press('Control+k');
        await ada.page.locator('dialog[open]').waitFor();
        await ada.page.keyboard.insertText(payload);
        await assertPlain(ada, `the palette with ${payload}`);
        await ada.page.keyboard.press('Escape');
        await ada.page.locator('dialog[open]').waitFor({ state: 'detached' });
        await ada.page.getByLabel('Find a project').fill(payload);
        await assertPlain(ada, `the search with ${payload}`);
      }
      await ada.press(/, switch team$/);
      await assertPlain(ada, 'the menu of teams');
      await ada.page.keyboard.press('Escape');
    });

    test('nor does an invitation, to whoever opens it', BUDGET, async () => {
      const stranger = await village.person();
      await stranger.open(invitation);
      await stranger.sees(/^Join /);
      await assertPlain(stranger, 'the invitation');
      stranger.assertUntroubled();
    });

    test('what a page is asked with is not run', BUDGET, async () => {
      const stranger = await village.person();
      for (const person of [ada, stranger]) person.tolerate(/status of 4\d\d/);
      for (const payload of [...MARKUP.slice(0, 2), ...OTHER.slice(0, 1)]) {
        const it = encodeURIComponent(payload);
        const inside = [`/projects/${it}`, `/projects/${village.adas.slug}/functions/${it}`, `/teams/${it}/members`, `/?do=${it}`];
        const outside = [`/${it}`, `/sign-in?to=/${it}#${it}`, `/sign-in?to=${it}`, `/invitation#${it}`, `/sign-up?to=${it}`, `/api/v1/${it}`, `/_app/${it}`];
        for (const [person, paths] of [[ada, inside], [stranger, outside]] as const) {
          for (const path of paths) {
            await person.open(path);
            await person.settles();
            await assertPlain(person, path);
          }
        }
      }
      for (const person of [ada, stranger]) person.assertUntroubled();
    });

    test('nor on hosts that are nobody\'s, or say that nothing is there', BUDGET, async () => {
      const visitor = await village.person();
      visitor.tolerate(/status of 4\d\d/, /^request to elsewhere/);
      for (const host of ['nobody-home', `proj-${village.adas.label}`, 'img-src-x-onerror']) {
        for (const payload of MARKUP) {
          const answer = await visitor.page.goto(`${village.server.app(host)}/${encodeURIComponent(payload)}?${encodeURIComponent(payload)}#${payload}`);
          assert.equal(answer?.status(), 404, host);
          await assertPlain(visitor, host);
        }
      }
      assert.match(await visitor.page.locator('body').innerText(), /img-src-x-onerror/, 'the page names the host');
      visitor.assertUntroubled();
    });

    test('nothing ran, and nothing was stopped only by the policy', BUDGET, async () => ada.assertUntroubled());
  });
}

/** Fails when text of somebody's has become an element. */
async function assertPlain(person: Person, where: string): Promise<void> {
  const made = await person.page.evaluate(() => {
    const strange = Array.from(document.querySelectorAll('[onerror], [onload], [onfocus], [ontoggle], img[src="x"], iframe, body script:not([src]):not(:first-of-type), a[href^="javascript:" i]'));
    return strange.filter((one) => /__ran/.test(one.outerHTML)).map((one) => one.outerHTML);
  });
  assert.deepEqual(made, [], where);
  assert.deepEqual(person.ran, [], where);
}

/** Writes the payloads wherever there is room for words, and lists the pages that show them. */
async function write(village: Village, paths: string[]): Promise<void> {
  const { ada, mallory, adas, mallorys, server } = village;
  await mallory.ask('PATCH', '/me', { name: MARKUP[0] });
  const session = await ada.as(ADA.email, ADA.password, { 'user-agent': MARKUP[1] ?? '' });
  await session.ask('PUT', '/me/variables/MINE', { value: PAYLOADS.join('\n'), category: 'general' });

  const { team_id } = adas;
  for (const [at, payload] of PAYLOADS.entries()) {
    const team = await ada.ask('POST', '/teams', { name: payload });
    const project: Project = await ada.ask('POST', '/projects', { name: payload, team_id });
    if (MARKUP.includes(payload)) {
      const gone: Project = await ada.ask('POST', '/projects', { name: payload, team_id, slug: `gone${at}` });
      await ada.ask('DELETE', `/projects/${gone.id}`);
    }
    await ada.ask('POST', `/teams/${team_id}/tokens`, { name: payload, scopes: ['read'], role: 'viewer' });
    await ada.ask('PUT', `/projects/${adas.id}/variables/production/V${at}`, { value: payload, category: 'general' });
    paths.push(`/teams/${team.id}/settings`, `/projects/${project.slug}/settings`);
  }
  paths.push(...['projects', 'tokens', 'audit'].map((page) => `/teams/${team_id}/${page}`));

  const source = `// ${PAYLOADS.join('\n// ')}\nprint(${text(PAYLOADS.join(' '))});\nthrow ${text(PAYLOADS.join(' '))}`;
  await ada.ask('PUT', `/projects/${adas.id}/functions/shouts`, { source, routes: [{ method: 'GET', path: '/shouts/:what' }] });
  for (const payload of PAYLOADS) {
    const url = `${server.app(`proj-${adas.label}`)}/shouts/${encodeURIComponent(payload)}`;
    await until(`${url} to fail`, async () => (await village.status(url)) === 500);
  }
  await until('the calls to be listed', async () => (await ada.ask('GET', `/projects/${adas.id}/invocations`)).items.length >= PAYLOADS.length);
  const refused = await ada.send('POST', `/projects/${adas.id}/domains`, { host: `${MARKUP[0]}.example.test` });
  assert.equal(refused.status, 422, 'a host is no place for markup');
  await mallory.ask('POST', `/teams/${mallorys.team_id}/invitations`, { role: 'viewer', email: ADA.email });
  await ada.ask('POST', `/admin/teams/${mallorys.team_id}/enter`, { reason: MARKUP[2], role: 'admin' });

  const at = `/projects/${adas.slug}`;
  paths.push(at, `${at}/functions`, `${at}/functions/shouts`, `${at}/environment`, `${at}/domains`, `${at}/logs`, `${at}/settings`);
  paths.push(`/teams/${mallorys.team_id}/members`, `/teams/${mallorys.team_id}/audit`, '/account', '/admin/users', '/admin/teams', '/admin/queue', '/admin/audit', '/admin/settings');
}
