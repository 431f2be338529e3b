/** Two neighbours on one server: Ada, who runs it, and Mallory, who means her no good. */

import { strict as assert } from 'node:assert';
import { request } from 'node:http';
import { Api } from './api.ts';
import type { Person } from './browser.ts';
import type { Names } from './names.ts';
import { Stage } from './stage.ts';
import { until } from './wait.ts';

export const ADA = { email: 'ada@example.test', password: 'copper lantern drifts westward' };
/** The `=` lets a form's `name=value` be JSON. */
export const MALLORY = { email: 'mallory@example.test', password: 'quiet harbor=seven marbles' };

/** Tests that try a lot must not end at the limits that would slow an attacker. */
const NO_LIMITS = { CROFT_LIMIT_SIGN_IN: '10000', CROFT_LIMIT_API: '100000', CROFT_LIMIT_API_BURST: '10000', CROFT_LIMIT_ANONYMOUS: '100000' };

export interface Project {
  id: string;
  label: string;
  slug: string;
  team_id: string;
}

export class Village extends Stage {
  ada!: Api;
  mallory!: Api;
  adas!: Project;
  mallorys!: Project;

  constructor(names: Names) {
    super(names, NO_LIMITS, () => this.#settle());
  }

  async #settle(): Promise<void> {
    const anyone = new Api(this.server.api);
    const secret = new URL(this.server.setUpLink).hash.slice(1);
    // Made where cookies are taken: on the control host.
    const first = await this.person();
    await first.open('/setup');
    const setUp = { secret, ...ADA, team_name: 'Orchard' };
    const status = await first.page.evaluate(
      async (body) => (await fetch('/api/v1/setup', { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status,
      JSON.stringify(setUp)
    );
    assert.equal(status, 201);
    await first.context.close();
    this.ada = await anyone.as(ADA.email, ADA.password);
    await this.ada.ask('PATCH', '/admin/settings', { sign_up: 'open' });
    await anyone.ask('POST', '/accounts', { ...MALLORY, name: 'Mallory' });
    this.mallory = await anyone.as(MALLORY.email, MALLORY.password);
    this.adas = await this.ada.ask('POST', '/projects', { name: 'Apple press' });
    this.mallorys = await this.mallory.ask('POST', '/projects', { name: 'Traps' });
  }

  /** Ada at a browser, signed in. */
  async adaAtHome(): Promise<Person> {
    const ada = await this.person();
    await ada.open('/sign-in');
    await ada.signIn(ADA.email, ADA.password);
    await ada.sees('Projects');
    return ada;
  }

  /** Deploys a function of a project; answers its address once it answers there. */
  async deploy(api: Api, project: Project, name: string, source: string, method = 'GET'): Promise<string> {
    await api.ask('PUT', `/projects/${project.id}/functions/${name}`, { source, routes: [{ method, path: `/${name}` }] });
    const url = `${this.server.app(`proj-${project.label}`)}/${name}`;
    await until(`${url} to answer`, async () => (await this.status(url)) === 200);
    return url;
  }

  /** A page of Mallory's: HTML that a browser runs on her own address. */
  trap(name: string, html: string): Promise<string> {
    return this.deploy(this.mallory, this.mallorys, name, `html(${text(page(html))})`);
  }

  /** How a GET is answered. It goes to Croft itself, since few resolvers know these names. */
  status(url: string): Promise<number | undefined> {
    const { host, pathname } = new URL(url);
    const { hostname, port } = new URL(this.server.api);
    return new Promise((resolve, reject) => {
      request({ host: hostname, port, path: pathname, headers: { host }, timeout: 5_000, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
  }
}

/** A text of Rhai's. JSON's escapes are among its own. */
export const text = (value: string) => JSON.stringify(value);

const page = (html: string) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>A trap</title><body>${html}`;
