const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const seconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayAndYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0);
const daysBetween = (from: number, to: number) => Math.round((midnight(to) - midnight(from)) / DAY);
const count = (n: number, unit: string) => `${n} ${unit}${n === 1 ? '' : 's'}`;

/** `14:35`. */
export const timeOfDay = (at: string) => clock.format(new Date(at));
/** `14:35:02`. */
export const timeWithSeconds = (at: string) => seconds.format(new Date(at));
/** All of it, for a title. */
export const fullTime = (at: string) => full.format(new Date(at));

/** `20 Dec`, with the year when it is another one. */
export function date(at: string, now = Date.now()): string {
  const then = new Date(at);
  return (then.getFullYear() === new Date(now).getFullYear() ? day : dayAndYear).format(then);
}

/** How long ago, or in how long: `41 min ago`, `yesterday`, `in 9 days`. */
export function relative(at: string, now = Date.now()): string {
  const then = Date.parse(at);
  const off = Math.abs(now - then);
  const say = (words: string) => (then <= now ? `${words} ago` : `in ${words}`);
  if (off < MINUTE) return then <= now ? 'just now' : 'in a moment';
  if (off < HOUR) return say(`${Math.floor(off / MINUTE)} min`);
  const days = Math.abs(daysBetween(then, now));
  if (days === 0 || off < 6 * HOUR) return say(`${Math.floor(off / HOUR)} h`);
  if (days === 1) return then <= now ? 'yesterday' : 'tomorrow';
  if (days < 30) return say(count(days, 'day'));
  return then <= now ? date(at, now) : `on ${date(at, now)}`;
}

/** `Today`, `Yesterday` or the date: the headings of a timeline. */
export function dayName(at: string, now = Date.now()): string {
  const days = daysBetween(Date.parse(at), now);
  if (days === 0) return 'Today';
  return days === 1 ? 'Yesterday' : date(at, now);
}

/** `Today 14:35`, `Yesterday 09:12`, `3 Nov 10:00`. */
export const dayAndTime = (at: string, now = Date.now()) => `${dayName(at, now)} ${timeOfDay(at)}`;

/** A duration given in microseconds: `0.8 ms`, `120 ms`, `4.2 s`. */
export function duration(us: number): string {
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}
