/** The longest slug there can be. */
export const SLUG_MAX = 40;

/**
 * The slug a name suggests, as the server makes it: lower case, what is neither letter nor digit
 * becomes one `-`. Empty when nothing is left; the server makes one up then.
 */
export function suggestSlug(name: string): string {
  let slug = '';
  for (const c of name) {
    if (/[a-z0-9]/i.test(c)) slug += c.toLowerCase();
    else if (slug !== '' && !slug.endsWith('-')) slug += '-';
    if (slug.length === SLUG_MAX) break;
  }
  return slug.replace(/-+$/, '');
}

/** What is wrong with a slug, in the server's words. */
export function slugProblem(slug: string): string | undefined {
  if (slug.length < 1 || slug.length > SLUG_MAX) return '1 to 40 characters';
  if (!/^[a-z0-9-]*$/.test(slug)) return 'only a-z, 0-9 and -';
  if (slug.startsWith('-') || slug.endsWith('-')) return 'begins and ends with a letter or digit';
  return undefined;
}
