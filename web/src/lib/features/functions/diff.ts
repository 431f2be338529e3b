// Reads a unified diff, as the API answers it, into rows to be shown.

export interface DiffRow {
  kind: 'same' | 'gone' | 'new' | 'gap';
  /** The line's number before and after, where it has one. */
  before?: number;
  after?: number;
  /** The line, cut where it differs from the one it replaces: before, differing, after. */
  parts: [string, string, string];
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** Cuts two lines into what they share at both ends and what they do not. */
function apart(one: string, other: string): [DiffRow['parts'], DiffRow['parts']] {
  const most = Math.min(one.length, other.length);
  let start = 0;
  while (start < most && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < most - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1;
  // Lines that share next to nothing were not changed but replaced.
  if ((start + end) * 3 < most) return [[one, '', ''], [other, '', '']];
  const cut = (text: string): DiffRow['parts'] => [text.slice(0, start), text.slice(start, text.length - end), text.slice(text.length - end)];
  return [cut(one), cut(other)];
}

/** Pairs a run of gone lines with the same number of new ones right after it. */
function pair(rows: DiffRow[]): DiffRow[] {
  for (let i = 0; i < rows.length; ) {
    let gone = i;
    while (rows[gone]?.kind === 'gone') gone += 1;
    let fresh = gone;
    while (rows[fresh]?.kind === 'new') fresh += 1;
    const count = gone - i;
    for (let n = 0; count > 0 && count === fresh - gone && n < count; n += 1) {
      const [old, now] = [rows[i + n], rows[gone + n]];
      if (old && now) [old.parts, now.parts] = apart(old.parts[0], now.parts[0]);
    }
    i = Math.max(fresh, i + 1);
  }
  return rows;
}

export function rowsOf(unified: string): DiffRow[] {
  const rows: DiffRow[] = [];
  let [before, after, begun] = [0, 0, false];
  for (const line of unified.replace(/\n$/, '').split('\n')) {
    const hunk = HUNK.exec(line);
    if (hunk) {
      if (begun) rows.push({ kind: 'gap', parts: ['', '', ''] });
      [before, after, begun] = [Number(hunk[1]), Number(hunk[2]), true];
      continue;
    }
    // What stands before the first place names the files.
    if (!begun || line.startsWith('\\')) continue;
    const parts: DiffRow['parts'] = [line.slice(1), '', ''];
    if (line.startsWith('-')) rows.push({ kind: 'gone', before: before++, parts });
    else if (line.startsWith('+')) rows.push({ kind: 'new', after: after++, parts });
    else rows.push({ kind: 'same', before: before++, after: after++, parts });
  }
  return pair(rows);
}
