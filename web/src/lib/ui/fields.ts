// The artwork beside the doors: a plot of land, divided again and again, each field worked in its
// own way. The same seed always draws the same land.

type Point = [number, number];

export interface PlotField {
  points: string;
  /** Rows across the field; none when it is a plain ground. */
  rows: { d: string; opacity: number } | undefined;
  solid: boolean;
}

/** A small generator of numbers from 0 to 1 (xorshift32: G. Marsaglia, "Xorshift RNGs", 2003). */
function chance(seed: string): () => number {
  let state = 0x9e3779b9;
  for (const c of seed) state = Math.imul(state ^ c.charCodeAt(0), 0x01000193) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

const between = (a: Point, b: Point, t: number): Point => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
const far = (a: Point, b: Point) => Math.hypot(b[0] - a[0], b[1] - a[1]);
const say = ([x, y]: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** Corners in order: top left, top right, bottom right, bottom left. */
type Quad = [Point, Point, Point, Point];

function divide(quad: Quad, least: number, random: () => number, out: Quad[]): void {
  const [a, b, c, d] = quad;
  const wide = (far(a, b) + far(d, c)) / 2;
  const high = (far(a, d) + far(b, c)) / 2;
  const long = Math.max(wide, high);
  if (long < least * 1.25 || (long < least * 2.1 && random() < 0.45)) {
    out.push(quad);
    return;
  }
  const near = 0.36 + random() * 0.28;
  const other = near + (random() - 0.5) * 0.1;
  if (wide * (0.85 + random() * 0.3) > high) {
    const top = between(a, b, near);
    const bottom = between(d, c, other);
    divide([a, top, bottom, d], least, random, out);
    divide([top, b, c, bottom], least, random, out);
  } else {
    const left = between(a, d, near);
    const right = between(b, c, other);
    divide([a, b, right, left], least, random, out);
    divide([left, right, c, d], least, random, out);
  }
}

/** The quad with a path left free around it. */
function inset(quad: Quad, gap: number): Quad {
  const [a, b, c, d] = quad;
  const across = (p: Point, q: Point, t: number) => between(p, q, Math.min(0.4, t / far(p, q)));
  const [a1, b1] = [across(a, b, gap), across(b, a, gap)];
  const [d1, c1] = [across(d, c, gap), across(c, d, gap)];
  return [across(a1, d1, gap), across(b1, c1, gap), across(c1, b1, gap), across(d1, a1, gap)];
}

/** Lines from edge to edge, following the field's own lean. */
function rows([a, b, c, d]: Quad, spacing: number, upright: boolean): string {
  const count = Math.max(2, Math.round((upright ? far(a, b) + far(d, c) : far(a, d) + far(b, c)) / 2 / spacing));
  let path = '';
  for (let i = 0; i < count; i += 1) {
    const t = (i + 0.5) / count;
    const [from, to] = upright ? [between(a, b, t), between(d, c, t)] : [between(a, d, t), between(b, c, t)];
    path += `M${say(from)}L${say(to)}`;
  }
  return path;
}

/** Fields covering the rectangle, one of them solid. `least` is about the side of the smallest. */
export function plot(seed: string, width: number, height: number, least: number): PlotField[] {
  const random = chance(seed);
  const spill = least / 2;
  const quads: Quad[] = [];
  divide([[-spill, -spill * 1.4], [width + spill, -spill * 0.4], [width + spill * 0.6, height + spill], [-spill * 1.2, height + spill]], least, random, quads);
  const centre = ([a, b, c, d]: Quad): Point => [(a[0] + b[0] + c[0] + d[0]) / 4, (a[1] + b[1] + c[1] + d[1]) / 4];
  const heart: Point = [width * (0.55 + random() * 0.2), height * (0.3 + random() * 0.25)];
  // The one solid field is near the heart and not among the large ones.
  const area = ([a, b, , d]: Quad) => far(a, b) * far(a, d);
  const median = quads.map(area).sort((a, b) => a - b)[quads.length >> 1] ?? 0;
  const distances = quads.map((quad) => (area(quad) > median * 1.05 ? Infinity : far(centre(quad), heart)));
  const chosen = distances.indexOf(Math.min(...distances));
  return quads.map((quad, i) => {
    const field = inset(quad, 4.5);
    const ground = random() < 0.12;
    const spacing = [7, 8, 10, 12][Math.floor(random() * 4)] ?? 10;
    const opacity = [0.16, 0.16, 0.22, 0.3, 0.4][Math.floor(random() * 5)] ?? 0.22;
    const upright = random() < 0.5;
    return {
      points: field.map(say).join(' '),
      rows: i === chosen || ground ? undefined : { d: rows(field, spacing, upright), opacity },
      solid: i === chosen
    };
  });
}
