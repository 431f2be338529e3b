/** A request made up in the dashboard: what comes back is shown, and never run. */

import { strict as assert } from 'node:assert';
import { before, describe } from 'node:test';
import type { Person } from '../lib/browser.ts';
import { LOCAL } from '../lib/names.ts';
import { steps } from '../lib/stage.ts';
import { Village } from '../lib/village.ts';

const SOURCE = `fn handle(ctx) {
    if ctx.method == "DELETE" {
        throw "nothing may be deleted";
    }
    if ctx.path == "/things/page" {
        return html("<script>globalThis.__ran('from an answer')</script><h1>A page</h1>");
    }
    log::warn("asked for " + ctx.path);
    response(201, #{ path: ctx.path, q: ctx.query.q, mood: ctx.headers["x-mood"], body: ctx.body }, #{ "x-made": "yes" })
}
`;

describe('a test call', () => {
  const village = new Village(LOCAL);
  let ada: Person;

  before(async () => {
    await village.ada.ask('PUT', `/projects/${village.adas.id}/functions/things`, { source: SOURCE, routes: [{ method: '*', path: '/things/:what' }] });
    ada = await village.adaAtHome();
  });

  const step = steps();
  const answer = () => ada.page.getByRole('group', { name: 'Answer' });

  step('it sends all that was written, and shows all that came', async () => {
    await ada.open('/projects/apple-press/functions/things');
    await ada.sees('things');
    await ada.field('Method').selectOption('POST');
    await ada.field('Path and query').fill('/things/tea?q=green');
    await ada.text('Headers and body').click();
    await ada.field('Headers').fill('x-mood: fine');
    await ada.field('Body').fill('a body');
    await ada.press('Call');
    await answer().getByText('201').waitFor();
    assert.deepEqual(JSON.parse(await answer().getByLabel('Body of the answer').innerText()), { path: '/things/tea', q: 'green', mood: 'fine', body: 'a body' });
    await answer().getByLabel('What it logged').getByText('asked for /things/tea').waitFor();
    await answer().getByText(/^\d+ headers?$/).click();
    await answer().getByText('x-made: yes').waitFor();
  });

  step('what is no header is told, and nothing is sent', async () => {
    await ada.field('Headers').fill('no header');
    await ada.press('Call');
    await ada.text('“no header” is no header. Write it as name: value').waitFor();
    await ada.field('Headers').fill('');
  });

  step('an error leads to its line, by the key too', async () => {
    await ada.field('Method').selectOption('DELETE');
    await ada.page.keyboard.press('Control+Enter');
    await answer().getByText('nothing may be deleted').waitFor();
    await answer().getByRole('button', { name: /^line 3, column \d+$/ }).click();
    assert.match((await ada.page.locator('.cm-activeLine').textContent()) ?? '', /throw/);
  });

  step('a page that comes back is text', async () => {
    await ada.field('Method').selectOption('GET');
    await ada.field('Path and query').fill('/things/page');
    await ada.press('Call');
    await answer().getByText('<h1>A page</h1>').waitFor();
    assert.equal(await ada.page.getByRole('heading', { name: 'A page' }).count(), 0);
  });

  step('an edit is tried before it is deployed', async () => {
    const text = ada.page.getByRole('textbox', { name: 'Text of things' });
    await text.click();
    await ada.page.keyboard.press('Control+a');
    await ada.page.keyboard.insertText('"my edit"');
    await ada.text('runs your edit, not version 1').waitFor();
    await ada.page.keyboard.press('Control+Enter');
    await answer().getByText('my edit').waitFor();
    const { version } = await village.ada.ask('GET', `/projects/${village.adas.id}/functions/things`);
    assert.equal(version, 1, 'nothing was deployed');
  });

  step('it is in the log as a test', async () => {
    const row = ada.page.getByRole('log', { name: 'Invocations' }).getByRole('listitem').filter({ hasText: '/things/page' }).first();
    await row.locator('summary').click();
    await row.getByText(/^A test call\./).waitFor();
  });

  step('nothing went wrong on the way, and nothing ran', async () => {
    ada.assertUntroubled();
  });
});
