/** What a page really asks of an origin, and how it is answered, as the browser's network sees it. */

import type { Page } from 'playwright-core';

export interface Asked {
  method: string;
  url: string;
  /** Absent when the request never got an answer, or never left. */
  status?: number;
  /** What the server saw. */
  cookie?: string;
  /** How the browser relates the page to the origin. */
  site?: string;
}

/**
 * Keeps what a page asks of an origin from here on. Not by Playwright's own events: they know no
 * status of answers that a page may not have, such as those of another origin.
 */
export async function recordAsked(page: Page, origin: string): Promise<Asked[]> {
  const asked = new Map<string, Asked>();
  const one = (id: string) => {
    const found = asked.get(id) ?? { method: '', url: '' };
    asked.set(id, found);
    return found;
  };
  const all: Asked[] = [];
  const session = await page.context().newCDPSession(page);
  session.on('Network.requestWillBeSent', ({ requestId, request, redirectResponse }) => {
    if (redirectResponse || new URL(request.url).origin !== origin) return;
    all.push(Object.assign(one(requestId), { method: request.method, url: request.url }));
  });
  session.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
    const field = (name: string) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
    Object.assign(one(requestId), { cookie: field('cookie'), site: field('sec-fetch-site') });
  });
  session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    one(requestId).status = statusCode;
  });
  await session.send('Network.enable');
  return all;
}
