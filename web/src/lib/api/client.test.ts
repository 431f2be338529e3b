import { afterEach, expect, test, vi } from 'vitest';
import { projects, whole, type Slice } from './client';

afterEach(() => vi.unstubAllGlobals());

test('variables of several pages come as one list', async () => {
  const pages = [{ items: [{ key: 'A' }, { key: 'B' }], next: 'B' }, { items: [{ key: 'C' }], next: 'C' }, { items: [{ key: 'D' }] }];
  const fetched = vi.fn<typeof fetch>(async () => new Response(JSON.stringify(pages.shift())));
  vi.stubGlobal('fetch', fetched);
  const all = await projects.variables('shop', 'production');
  expect(all.items.map((one) => one.key)).toEqual(['A', 'B', 'C', 'D']);
  expect(all.next).toBeUndefined();
  const at = '/api/v1/projects/shop/variables/production';
  expect(fetched.mock.calls.map(([address]) => address)).toEqual([`${at}?limit=200`, `${at}?after=B&limit=200`, `${at}?after=C&limit=200`]);
});

test('a list that does not end is not followed for ever', async () => {
  const page = vi.fn(async ({ after = '0' }: Slice) => ({ items: [after], next: `${Number(after) + 1}` }));
  const all = await whole(page);
  expect(page).toHaveBeenCalledTimes(100);
  expect(all).toMatchObject({ next: '100', items: { length: 100 } });
});
