/** The first ten minutes: set-up, a project, an invitation; each step as people take it. */

import { strict as assert } from 'node:assert';
import { before, describe } from 'node:test';
import type { Person } from '../lib/browser.ts';
import { LOCAL } from '../lib/names.ts';
import { Stage, steps } from '../lib/stage.ts';

const [OPERATOR, SECOND, THIRD] = ['ada@example.test', 'berta@example.test', 'carl@example.test'];
const PASSWORD = 'copper lantern drifts westward';
const SECRET = 'the-value-of-a-secret-nobody-sees-again';

describe('the first ten minutes', () => {
  const stage = new Stage(LOCAL, { CROFT_LIMIT_SIGN_IN: '100' });
  let ada: Person, berta: Person, carl: Person;
  let link: string;

  before(async () => {
    ada = await stage.person();
    berta = await stage.person();
    carl = await stage.person();
  });

  const step = steps();

  step('whoever has the set-up link makes the first account', async () => {
    await ada.open('/');
    await ada.sees('Set up this machine');
    await ada.text(/^Open the set-up link/).waitFor();
    await ada.open(stage.server.setUpLink);
    await ada.field('Email').fill(OPERATOR);
    await ada.field('Password').fill('too easy');
    await ada.press('Create account and continue');
    await ada.page.getByRole('alert').waitFor();
    await ada.field('Password').fill(PASSWORD);
    await ada.field('Team name').fill('Orchard');
    await ada.press('Create account and continue');
    await ada.sees('Projects');
    await ada.text('No projects yet').waitFor();
    assert.ok(!ada.page.url().includes('croft_set_'), 'the secret has left the address');
    ada.tolerate(/status of 422 .* at \S+\/api\/v1\/setup$/);
  });

  step('the set-up link works once', async () => {
    await carl.open(stage.server.setUpLink);
    await carl.sees('Sign in');
  });

  step('a project is made and seen', async () => {
    await ada.page.getByRole('button', { name: 'New project' }).first().click();
    await ada.field('Name').fill('Apple press');
    assert.equal(await ada.field('Slug').inputValue(), 'apple-press');
    await ada.press('Create project');
    await ada.sees('Apple press');
    assert.equal(new URL(ada.page.url()).pathname, '/projects/apple-press');
    await ada.follow('Projects');
    await ada.sees('Projects');
    await ada.page.getByRole('link', { name: /Apple press/ }).waitFor();
  });

  step('a variable is shown, a secret never again', async () => {
    await ada.open('/projects/apple-press/environment');
    await ada.sees('Environment');
    await addVariable('GREETING', 'good morning', false);
    await ada.page.getByRole('row', { name: /GREETING/ }).getByText('good morning').waitFor();
    await addVariable('API_KEY', SECRET, true);
    await ada.page.getByRole('row', { name: /API_KEY/ }).getByText('Secret, not shown').waitFor();

    const answers: string[] = [];
    ada.page.on('response', async (response) => answers.push(await response.text().catch(() => '')));
    await ada.page.reload();
    const row = ada.page.getByRole('row', { name: /API_KEY/ });
    await row.getByText('Secret, not shown').waitFor();
    await row.getByRole('button', { name: 'Replace' }).click();
    assert.equal(await ada.field('Value').inputValue(), '');
    await ada.page.keyboard.press('Escape');
    assert.ok(answers.some((answer) => answer.includes('good morning')), 'the answers were read');
    assert.ok(!answers.join().includes(SECRET) && !(await ada.page.content()).includes(SECRET), 'the secret is nowhere');
  });

  async function addVariable(name: string, value: string, secret: boolean): Promise<void> {
    await ada.page.getByRole('button', { name: 'Add a variable' }).first().click();
    await ada.field('Name').fill(name);
    await ada.field('Value').fill(value);
    if (secret) await ada.page.getByRole('checkbox', { name: /^Secret/ }).check();
    await ada.press(secret ? 'Add secret' : 'Add variable');
  }

  step('a token is shown once', async () => {
    await ada.open('/');
    await ada.sees('Projects');
    await ada.follow('Tokens');
    await ada.sees('Tokens');
    await ada.page.getByRole('button', { name: 'New token' }).first().click();
    await ada.field('Name').fill('deploys');
    await ada.press('Make token');
    await ada.text(/^The secret is shown this once/).waitFor();
    const token = await ada.page.getByRole('dialog').locator('.copy code').innerText();
    const asked = await fetch(`${stage.server.api}/projects`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(asked.status, 200, 'it is a working token');
    await ada.press('Done');
    await ada.page.getByRole('row', { name: /deploys/ }).waitFor();
    await ada.page.reload();
    await ada.page.getByRole('row', { name: /deploys/ }).waitFor();
    assert.ok(!(await ada.page.content()).includes(token));
  });

  step('the palette opens by Ctrl+K and leads on', async () => {
    await ada.page.keyboard.press('Control+k');
    const palette = ada.page.locator('dialog[open]');
    await palette.waitFor();
    await ada.page.keyboard.type('members');
    await ada.page.keyboard.press('Enter');
    await ada.sees('Members');
    assert.equal(await palette.count(), 0);
  });

  step('someone is invited by a link', async () => {
    await ada.press('Invite someone');
    await ada.field('Email').fill(SECOND);
    await ada.press('Make a link');
    await ada.text(/^It is shown this once/).waitFor();
    link = await ada.page.getByRole('dialog').locator('.copy code').innerText();
    assert.equal(new URL(link).origin, stage.server.control);
    await ada.press('Done');
    await ada.page.getByRole('row', { name: new RegExp(SECOND) }).getByText('Waiting').waitFor();
  });

  step('they open the link, make an account and accept, and see the team', async () => {
    await berta.open(link);
    await berta.sees('Join Orchard');
    await berta.follow('Create an account');
    await berta.sees('Create an account');
    assert.equal(await berta.field('Email').inputValue(), SECOND);
    await berta.field('Name').fill('Berta');
    await berta.field('Password').fill(PASSWORD);
    await berta.press('Create account');
    await berta.sees('Join Orchard');
    await berta.press('Join Orchard');
    await berta.sees('Projects');
    await berta.follow(/Apple press/);
    await berta.sees('Apple press');
    await berta.signOut();
    await berta.signIn(SECOND, PASSWORD);
    await berta.sees('Projects');
  });

  step('the link leads nowhere after that', async () => {
    carl.tolerate(/status of 404 .* at \S+\/api\/v1\/invitations\/inspect$/);
    await carl.open(link);
    await carl.page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await carl.page.getByRole('heading', { name: /Join/ }).count(), 0);
  });

  step('a third person with an account of their own sees nothing of the team', async () => {
    await ada.open('/admin/settings');
    await ada.sees('Installation settings');
    await ada.page.getByRole('radio', { name: /^Open/ }).check();
    await ada.press('Save');
    await ada.text('Anyone who reaches the page can make an account now.').waitFor();

    await carl.open('/sign-up');
    await carl.field('Email').fill(THIRD);
    await carl.field('Name').fill('Carl');
    await carl.field('Password').fill(PASSWORD);
    await carl.press('Create account');
    await carl.sees('Projects');
    await carl.text('No projects yet').waitFor();
    await carl.press(/, switch team$/);
    assert.equal(await carl.page.getByRole('menuitem', { name: /Orchard/ }).count(), 0);
    await carl.page.keyboard.press('Escape');

    carl.tolerate(/status of 40[34] .* at \S+\/api\/v1\/(projects|teams|admin)[/?]/);
    const team = new URL(await teamAddress(ada)).pathname;
    for (const path of ['/projects/apple-press', '/projects/apple-press/environment', team, team.replace('projects', 'members'), '/admin/users']) {
      await carl.open(path);
      await carl.settles();
      const seen = await carl.page.locator('body').innerText();
      assert.doesNotMatch(seen, /Apple press|Orchard|GREETING|ada@|berta@/, path);
    }
  });

  async function teamAddress(person: Person): Promise<string> {
    await person.open('/');
    await person.sees('Projects');
    return person.page.url();
  }

  step('a deleted project is restored', async () => {
    await ada.open('/projects/apple-press/settings');
    await ada.sees('Settings');
    await ada.press('Delete project');
    const dialog = ada.page.getByRole('dialog', { name: 'Delete Apple press?' });
    await dialog.getByLabel('Type apple-press to confirm').fill('apple-press');
    await dialog.getByRole('button', { name: 'Delete project' }).click();
    await ada.sees('Projects');
    const deleted = ada.page.getByRole('region', { name: /^Deleted/ });
    await deleted.getByRole('button', { name: 'Restore' }).click();
    await ada.page.getByRole('link', { name: /Apple press/ }).click();
    await ada.sees('Apple press');
    await ada.open('/projects/apple-press/environment');
    await ada.page.getByRole('row', { name: /GREETING/ }).getByText('good morning').waitFor();
  });

  step('who signed out is out, and comes back to where they were', async () => {
    const before = await ada.cookie();
    assert.ok(before);
    await ada.signOut();
    assert.equal(await ada.cookie(), undefined);
    const again = await fetch(`${stage.server.api}/me`, { headers: { authorization: `Bearer ${before}` } });
    assert.equal(again.status, 401, 'the session has ended, not only the cookie');
    await ada.open('/projects/apple-press/environment');
    await ada.signIn(OPERATOR, 'a wrong password here');
    await ada.page.getByRole('alert').waitFor();
    ada.tolerate(/status of 401 .* at \S+\/api\/v1\/(session$|projects\/apple-press)/);
    await ada.field('Password').fill(PASSWORD);
    await ada.press('Sign in');
    await ada.sees('Environment');
  });

  step('nothing went wrong on the way, and nothing was asked of elsewhere', async () => {
    for (const person of [ada, berta, carl]) person.assertUntroubled();
  });
});
