/**
 * The end of a message about a name that does not exist: ` (did you mean energy?)`, where one of
 * those that do is spelt nearly so; else nothing.
 */
export function didYouMean(name: string, known: Iterable<string>): string {
  let nearest: string | undefined;
  let least = MAX_DISTANCE + 1;
  for (const each of known) {
    const length = Math.max(name.length, each.length);
    if (length > MAX_LENGTH || Math.abs(name.length - each.length) >= least) continue;
    const found = distance(name.toLowerCase(), each.toLowerCase());
    if (found >= least || found > length * MAX_FRACTION) continue;
    least = found;
    nearest = each;
  }
  return nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
}

const MAX_LENGTH = 100;
const MAX_DISTANCE = 3;
const MAX_FRACTION = 0.5;

/** How many letters are left out, put in, changed, or exchanged with the next. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const changed = at(above, j - 1) + (same ? 0 : 1);
      let least = Math.min(at(above, j) + 1, at(row, j - 1) + 1, changed);
      const exchanged = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) least = Math.min(least, at(before, j - 2) + 1);
      row.push(least);
    }
    before = above;
    above = row;
  }
  return at(above, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
