/** A day with a function in the dashboard: written, mended, deployed, called, watched, taken back. */

import { strict as assert } from 'node:assert';
import { request } from 'node:http';
import { before, describe } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Person } from '../lib/browser.ts';
import { LOCAL } from '../lib/names.ts';
import { steps } from '../lib/stage.ts';
import { Village } from '../lib/village.ts';
import { until } from '../lib/wait.ts';

const PAGE = '/projects/apple-press/functions';
const VIEWS = ['', '?view=versions', '?view=metrics'];

describe('a function in the dashboard', () => {
  const village = new Village(LOCAL);
  let ada: Person;

  before(async () => {
    ada = await village.adaAtHome();
  });

  const step = steps();
  const text = (): Locator => ada.page.getByRole('textbox', { name: 'Text of greet' });
  const log = (): Locator => ada.page.getByRole('log', { name: 'Invocations' });

  /** What a visitor is answered. */
  function visit(path: string): Promise<string> {
    const { hostname, port } = new URL(village.server.api);
    const { host } = new URL(village.server.app(`proj-${village.adas.label}`));
    return new Promise((resolve, reject) => {
      request({ host: hostname, port, path, headers: { host }, timeout: 5_000, agent: false }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (part) => (body += part));
        answer.on('end', () => resolve(`${answer.statusCode} ${body}`));
      })
        .on('error', reject)
        .end();
    });
  }
  const answers = (path: string, wanted: string) => until(`${path} to answer ${wanted}`, async () => (await visit(path)) === wanted);

  async function write(source: string): Promise<void> {
    await text().click();
    await ada.page.keyboard.press('Control+a');
    await ada.page.keyboard.press('Delete');
    await ada.page.keyboard.insertText(source);
  }

  step('a project without one says what it is for, and how else it is made', async () => {
    await ada.open(PAGE);
    await ada.sees('Functions');
    await ada.text('No functions yet').waitFor();
    await ada.text(/^croft function deploy hello\.rhai --project apple-press/).waitFor();
  });

  step('one is made by its name and route, and answers at once', async () => {
    await ada.press('Make a function');
    await ada.field('Name').fill('greet');
    await ada.field('Path').fill('/greet/:name');
    await ada.press('Make function');
    await ada.sees('greet');
    await text().waitFor();
    await ada.text('No problems').waitFor();
    assert.equal(await ada.page.getByRole('button', { name: 'Deploy version 2' }).isDisabled(), true, 'there is nothing to deploy');
    await answers('/greet/Ada', '200 Hello, Ada!');
    await ada.page.getByRole('navigation', { name: 'Views of greet' }).getByRole('link', { name: /^Versions/ }).click();
    await ada.page.getByLabel('What version 1 changed').getByText(/The last value is the answer/).waitFor();
    await ada.page.getByRole('navigation', { name: 'Views of greet' }).getByRole('link', { name: 'Code' }).click();
  });

  step('a mistake is told where it is, and not deployed', async () => {
    await write('let greeting = "Hello";\nlet name = ;\ngreeting');
    await ada.text('1 problem').waitFor();
    await ada.page.locator('.cm-lintRange-error').waitFor();
    await ada.press(/^Line 2, column \d+$/);
    assert.match((await ada.page.locator('.cm-activeLine').textContent()) ?? '', /let name = ;/);
    ada.tolerate(/status of 422 .* at \S+\/functions\/greet$/);
    await ada.press('Deploy version 2');
    await ada.page.getByRole('alert').getByText(/line 2, column \d+/).first().waitFor();
    assert.equal(await visit('/greet/Ada'), '200 Hello, Ada!');
  });

  step('what a script is given is offered while it is typed', async () => {
    const { keyboard } = ada.page;
    await write('');
    await keyboard.type('log::in');
    await ada.page.getByRole('option', { name: /^info/ }).waitFor();
    await ada.text('keeps a line with the call').waitFor();
    await keyboard.press('Escape');
    await keyboard.press('Control+a');
    await keyboard.type('let name = ctx.par');
    await ada.page.getByRole('option', { name: 'params', exact: true }).waitFor();
    await ada.text(/^what placeholders of the path stand for/).waitFor();
    await ada.page.getByRole('option', { name: 'params', exact: true }).click();
    assert.equal(await text().textContent(), 'let name = ctx.params');
    await write('log::info("greeting " + ctx.params.name);\n"Good day, " + ctx.params.name');
    await ada.text('No problems').waitFor();
  });

  step('keys typed into it are no shortcuts of the page', async () => {
    await text().click();
    await ada.page.keyboard.press('Control+End');
    await ada.page.keyboard.type(' // n?gp');
    assert.equal(await ada.page.locator('dialog[open]').count(), 0);
    assert.equal(new URL(ada.page.url()).pathname, `${PAGE}/greet`);
  });

  step('an edit is asked about, and kept over a reload and over other pages', async () => {
    const asked = ada.page.waitForEvent('dialog');
    const reloaded = ada.page.reload();
    const dialog = await asked;
    assert.equal(dialog.type(), 'beforeunload');
    await dialog.accept();
    await reloaded;
    await ada.sees('greet');
    await until('the edit', async () => (await text().textContent())?.includes('Good day, '));
    await ada.page.getByRole('navigation', { name: 'Functions' }).getByText('edited').waitFor();
    await ada.page.getByRole('navigation', { name: 'Project' }).getByRole('link', { name: 'Logs' }).click();
    await ada.sees('Logs');
    await ada.page.goBack();
    await until('the edit', async () => (await text().textContent())?.includes('Good day, '));
  });

  step('a key deploys it, with another route', async () => {
    await ada.press('Add route');
    await ada.field('Path of route 2').fill('/hello/:name');
    await text().click();
    await ada.page.keyboard.press('Control+s');
    await ada.text('Version 2 answers now.').waitFor();
    await answers('/greet/Ada', '200 Good day, Ada');
    await answers('/hello/Berta', '200 Good day, Berta');
    assert.equal(await ada.page.getByText('edited').count(), 0);
  });

  step('calls are seen as they come, with what they logged', async () => {
    await log().getByText('GET /hello/Berta').first().waitFor();
    await answers('/greet/Carla', '200 Good day, Carla');
    const row = log().getByRole('listitem').filter({ hasText: '/greet/Carla' });
    await row.waitFor();
    await row.locator('summary').click();
    await row.locator('pre').getByText('greeting Carla').waitFor();
    await ada.field('Filter by text or id').fill('no such words');
    await ada.text(/^None of \d+ calls has these words\.$/).waitFor();
    await ada.field('Filter by text or id').fill('');
  });

  step('a failure leads to its line', async () => {
    await write('let wrong = #{};\nwrong.missing.field');
    await ada.text('No problems').waitFor();
    await ada.page.keyboard.press('Control+s');
    await ada.text('Version 3 answers now.').waitFor();
    await until('a failure', async () => (await visit('/greet/Dora')).startsWith('500 '));
    const row = log().getByRole('listitem').filter({ hasText: '/greet/Dora' }).first();
    await row.locator('summary').click();
    await row.getByRole('button', { name: /^line 2, column \d+$/ }).click();
    assert.match((await ada.page.locator('.cm-activeLine').textContent()) ?? '', /wrong\.missing\.field/);
    assert.equal(await text().evaluate((element) => (element.getRootNode() as ShadowRoot).activeElement === element), true);
  });

  step('versions say what they changed, and an older one is taken back', async () => {
    await ada.page.getByRole('navigation', { name: 'Views of greet' }).getByRole('link', { name: /^Versions/ }).click();
    await ada.page.getByRole('button', { name: /^Version 2/ }).click();
    const change = ada.page.getByLabel('What version 2 changed');
    await change.getByText('"Good day, " + ctx.params.name').waitFor();
    await ada.press('Roll back to 2');
    await ada.text('Version 2 answers now.').last().waitFor();
    await answers('/greet/Ada', '200 Good day, Ada');
    await ada.page.getByRole('button', { name: /^Version 2.*Live/ }).waitFor();
  });

  step('calls and errors are counted', async () => {
    await ada.page.getByRole('navigation', { name: 'Views of greet' }).getByRole('link', { name: 'Metrics' }).click();
    const errors = ada.page.getByRole('region', { name: 'Errors' });
    await until('an error to be counted', async () => {
      if (/^[1-9]/.test((await errors.textContent({ timeout: 2_000 }).catch(() => '')) ?? '')) return true;
      await ada.page.reload();
      return false;
    });
    await ada.page.getByRole('slider', { name: 'Calls per minute' }).press('Home');
    assert.match((await ada.page.getByRole('slider', { name: 'Calls per minute' }).getAttribute('aria-valuetext')) ?? '', /^\d\d:\d\d: \d+ calls?$/);
  });

  step('what somebody else deployed meanwhile is told, not overwritten', async () => {
    await ada.open(`${PAGE}/greet`);
    await write('"mine"');
    await ada.text('No problems').waitFor();
    await village.ada.ask('PUT', `/projects/${village.adas.id}/functions/greet`, { source: '"theirs"' });
    await answers('/greet/Ada', '200 theirs');
    await ada.page.keyboard.press('Control+s');
    await ada.page.getByRole('alert').getByText('Somebody made version 4 live meanwhile').waitFor();
    assert.equal(await visit('/greet/Ada'), '200 theirs');
    assert.equal(await text().textContent(), '"mine"');
    await ada.press('Go on with my edit');
    await ada.press('Deploy version 5');
    await ada.text('Version 5 answers now.').waitFor();
    await answers('/greet/Ada', '200 mine');
  });

  step('it all fits a phone, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await ada.page.emulateMedia({ colorScheme });
      await ada.page.setViewportSize({ width: 380, height: 800 });
      for (const path of [PAGE, ...VIEWS.map((view) => `${PAGE}/greet${view}`)]) {
        await ada.open(path);
        await ada.settles();
        const [page, main] = await ada.page.evaluate(() => [document.documentElement.scrollWidth, document.querySelector('main')?.scrollWidth ?? 0]);
        assert.ok(page !== undefined && page <= 380 && main !== undefined && main <= 380, `${path} is ${page} and ${main} wide`);
      }
    }
    await ada.open(`${PAGE}/greet`);
    await write('"from the phone"');
    await ada.press('Deploy version 6');
    await answers('/greet/Ada', '200 from the phone');
    await ada.page.setViewportSize({ width: 1440, height: 900 });
  });

  step('it is deleted after its name was typed', async () => {
    await ada.open(`${PAGE}/greet`);
    await ada.press('Delete function');
    const dialog = ada.page.getByRole('dialog', { name: 'Delete function greet?' });
    await dialog.getByLabel('Type greet to confirm').fill('greet');
    await dialog.getByRole('button', { name: 'Delete function' }).click();
    await ada.text('No functions yet').waitFor();
    await until('its route to be gone', async () => (await visit('/greet/Ada')).startsWith('404 '));
  });

  step('nothing went wrong on the way, and the policy was never in the way', async () => {
    ada.assertUntroubled();
  });
});
