const digits = new Intl.NumberFormat('en-GB');

/** `1 project`, `12 projects`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${digits.format(n)} ${n === 1 ? one : many}`;
}

/** `48,112`. */
export const number = (n: number) => digits.format(n);

/** Bytes in the largest unit that leaves no fraction worth showing: `64 MiB`, `256 KiB`. */
export function bytes(n: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(n) ? n : n.toFixed(1)} ${units[unit]}`;
}

/** The one or two letters a person is known by in a small circle. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => Array.from(word ?? '')[0] ?? '').join('').toUpperCase();
}

/** A URL without its scheme and last slash, as addresses are shown. */
export const host = (url: string) => url.replace(/^https?:\/\//, '').replace(/\/$/, '');

/** `croft_cli` becomes `croft cli`; the first letter is raised. */
export function sentence(name: string): string {
  const words = name.replace(/[_-]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
