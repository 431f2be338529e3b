// Which lines differ from those that are deployed, for marks beside them.

export type Change = 'added' | 'changed';

/** Above so many comparisons all lines between the first and the last difference count as changed. */
const MOST_COMPARED = 400_000;

/** Lengths of the longest common parts of what follows each pair of places. */
function common(before: readonly string[], after: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = rows[i] as Uint16Array;
      const below = rows[i + 1] as Uint16Array;
      row[j] = before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return rows;
}

/** By the number of a line of the text after, from 1. */
export function changes(before: readonly string[], after: readonly string[]): Map<number, Change> {
  const found = new Map<number, Change>();
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const old = before.slice(start, before.length - end);
  const now = after.slice(start, after.length - end);
  const mark = (j: number, gone: number) => found.set(start + j + 1, gone > 0 ? 'changed' : 'added');
  if (old.length * now.length > MOST_COMPARED) {
    now.forEach((_, j) => mark(j, 1));
    return found;
  }
  const rows = common(old, now);
  for (let i = 0, j = 0, gone = 0; j < now.length; ) {
    if (i < old.length && old[i] === now[j]) {
      [i, j, gone] = [i + 1, j + 1, 0];
    } else if (i < old.length && (rows[i + 1]?.[j] ?? 0) >= (rows[i]?.[j + 1] ?? 0)) {
      [i, gone] = [i + 1, gone + 1];
    } else {
      mark(j, gone);
      [j, gone] = [j + 1, Math.max(0, gone - 1)];
    }
  }
  return found;
}
