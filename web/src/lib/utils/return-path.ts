const HOME = '/';

/**
 * The local path to go to after signing in, from a query anyone could have written. What could lead
 * off this origin, or back to signing in, becomes the home page.
 */
export function returnPath(wanted: string | null | undefined): string {
  // A backslash counts as a slash to browsers, and controls are dropped before a URL is read.
  if (!wanted || !wanted.startsWith('/') || /[\\\u0000-\u001f\u007f]/.test(wanted)) return HOME;
  const base = 'http://croft.invalid';
  let url: URL;
  try {
    url = new URL(wanted, base);
  } catch {
    return HOME;
  }
  if (url.origin !== base || url.username !== '') return HOME;
  // `//host` would leave once it is used by itself, and so would a path that becomes one.
  if (url.pathname.startsWith('//')) return HOME;
  if (/^\/(sign-in|sign-up|setup)(\/|$)/.test(url.pathname)) return HOME;
  return url.pathname + url.search + url.hash;
}

/** The sign-in page, with the way back. */
export function signInPath(from: string): string {
  const back = returnPath(from);
  return back === HOME ? '/sign-in' : `/sign-in?to=${encodeURIComponent(back)}`;
}
