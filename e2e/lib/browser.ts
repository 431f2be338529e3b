/** Chromium, as a person has it: whoever opens a page here is also watched for what must not be. */

import { strict as assert } from 'node:assert';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { PRODUCTION } from './names.ts';
import type { Server } from './server.ts';
import { PATIENCE_MS, until } from './wait.ts';

const SWITCHES = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--ignore-certificate-errors',
  `--host-resolver-rules=MAP *.${PRODUCTION.domain} 127.0.0.1`
];

/** Starts the machine's own Chromium, with a profile of its own. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium', args: SWITCHES, timeout: 60_000 });

/** What a browser says by itself when nobody is signed in: the dashboard asks who one is. */
const ASKED_WHO = /^Failed to load resource: the server responded with a status of 401 .* at \S+\/api\/v1\/me$/;

/** A person at a browser of their own: cookies, storage and pages are shared with nobody. */
export class Person {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What happened that must not: errors of a page, of its policy, requests to elsewhere. */
  readonly problems: string[] = [];
  /** What planted script did, by its own report. */
  readonly ran: string[] = [];
  readonly #server: Server;
  readonly #tolerated: RegExp[] = [ASKED_WHO];

  private constructor(server: Server, context: BrowserContext, page: Page) {
    this.#server = server;
    this.context = context;
    this.page = page;
  }

  static async arrive(browser: Browser, server: Server, options: Parameters<Browser['newContext']>[0] = {}): Promise<Person> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const person = new Person(server, context, await context.newPage());
    await context.exposeBinding('__violation', (_, told: string) => void person.problems.push(`policy: ${told}`));
    await context.exposeBinding('__ran', (_, told: unknown) => void person.ran.push(String(told)));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const told = `${event.effectiveDirective} blocked ${event.blockedURI} on ${event.documentURI}`;
        void (globalThis as unknown as { __violation(told: string): void }).__violation(told);
      });
    });
    person.#watch(person.page);
    context.on('page', (page) => person.#watch(page));
    return person;
  }

  /** From here on, such problems are expected: the test is about what causes them. */
  tolerate(...patterns: RegExp[]): void {
    this.#tolerated.push(...patterns);
  }

  /** Fails on whatever happened that must not; the test's last word about each person. */
  assertUntroubled(): void {
    assert.deepEqual(this.problems.filter((problem) => !this.#tolerated.some((pattern) => pattern.test(problem))), []);
    assert.deepEqual(this.ran, []);
  }

  /** Goes to an address: a path of the dashboard, or a whole one. */
  async open(to: string): Promise<void> {
    await this.page.goto(new URL(to, this.#server.control).href);
  }

  /** Waits for the page of that title; a page has one `h1`. */
  async sees(title: string | RegExp): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: title, exact: typeof title === 'string' }).waitFor();
    assert.equal(await this.page.locator('h1').count(), 1, `${this.page.url()} has one h1`);
  }

  /** Waits until a page has its title and nothing stands in for what is on its way. */
  async settles(): Promise<void> {
    await this.page.waitForFunction(() => document.contentType !== 'text/html' || (document.querySelector('h1') && !document.querySelector('.skeleton')));
  }

  field = (label: string | RegExp): Locator => this.page.getByLabel(label, { exact: typeof label === 'string' });
  text = (text: string | RegExp): Locator => this.page.getByText(text, { exact: typeof text === 'string' });

  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: typeof name === 'string' }).click();
  }

  async follow(name: string | RegExp): Promise<void> {
    await this.page.getByRole('link', { name, exact: typeof name === 'string' }).first().click();
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.sees('Sign in');
    await this.field('Email').fill(email);
    await this.field('Password').fill(password);
    await this.press('Sign in');
  }

  /** Signs out by the account menu. */
  async signOut(): Promise<void> {
    await this.press(/, account and theme$/);
    await this.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await this.sees('Sign in');
  }

  /** The session cookie's value, as the browser keeps it. */
  async cookie(): Promise<string | undefined> {
    return (await this.context.cookies(this.#server.control)).find((cookie) => cookie.name === '__Host-croft')?.value;
  }

  /** Waits until planted script has said so. */
  async hasRun(what: string): Promise<void> {
    await until(`the page to say "${what}"; it said ${JSON.stringify(this.ran)}`, () => this.ran.includes(what));
  }

  #watch(page: Page): void {
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.stack ?? error.message}`));
    page.on('crash', () => this.problems.push('the page crashed'));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.problems.push(`${message.text()} at ${message.location().url}`);
      }
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      const own = origin === this.#server.control || protocol === 'data:' || protocol === 'blob:';
      if (!own) this.problems.push(`request to elsewhere: ${request.method()} ${request.url()}`);
    });
  }
}
