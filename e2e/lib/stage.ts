/** What a file of tests plays on: a server, a browser, and whoever comes. */

import { strict as assert } from 'node:assert';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test, type TestContext } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { Person, startBrowser } from './browser.ts';
import type { Names } from './names.ts';
import { startServer, type Server } from './server.ts';

export class Stage {
  server!: Server;
  browser!: Browser;
  readonly #people: Person[] = [];
  #told = false;

  /** Within a `describe`: stands before its tests begin, and is gone after them in any case. */
  constructor(names: Names, settings: Record<string, string> = {}, settle: () => Promise<void> = async () => {}) {
    before(
      async () => {
        const [server, browser] = await Promise.allSettled([startServer(names, settings), startBrowser()]);
        if (server.status === 'fulfilled') this.server = server.value;
        if (browser.status === 'fulfilled') this.browser = browser.value;
        for (const start of [server, browser]) if (start.status === 'rejected') throw start.reason;
        await settle();
      },
      { timeout: 150_000 }
    );
    afterEach(async (context) => {
      if ('passed' in context && context.passed === false) await this.#describe(context as TestContext);
    });
    after(
      async () => {
        try {
          await this.browser?.close();
        } finally {
          await this.server?.stop();
        }
      },
      { timeout: 60_000 }
    );
  }

  async person(options: BrowserContextOptions = {}): Promise<Person> {
    const person = await Person.arrive(this.browser, this.server, options);
    this.#people.push(person);
    return person;
  }

  /** Says where everybody was when a test failed, with a picture. */
  async #describe(test: TestContext): Promise<void> {
    if (this.#told) return;
    this.#told = true;
    const folder = join(import.meta.dirname, '../test-results');
    await mkdir(folder, { recursive: true });
    for (const [at, { page, problems, ran }] of this.#people.entries()) {
      const picture = join(folder, `${test.name.replaceAll(/\W+/g, '-')}-${at + 1}.png`);
      if (page.isClosed()) continue;
      const text = await page.locator('body').innerText({ timeout: 2_000 }).catch(String);
      await page.screenshot({ path: picture, timeout: 5_000 }).catch(() => {});
      console.error(`person ${at + 1} at ${page.url()}, seen in ${picture}\n${JSON.stringify({ problems, ran }).slice(0, 2_000)}\n${text.slice(0, 600)}\n`);
    }
  }
}

/** Tests that follow from each other: after the first that fails, the others are not tried. */
export function steps(): (title: string, act: () => Promise<void>) => void {
  let failed: string | undefined;
  return (title, act) =>
    void test(title, { timeout: 90_000 }, async () => {
      assert.equal(failed, undefined, 'not tried, since an earlier step failed');
      failed = title;
      await act();
      failed = undefined;
    });
}
