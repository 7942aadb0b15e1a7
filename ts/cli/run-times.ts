/** Measures how long each part of a run takes. */
export class Times {
  readonly #parts: (readonly [string, number])[] = [];
  #start: number = performance.now();

  /** Ends a part, and starts the next. */
  end(part: string): void {
    const now = performance.now();
    this.#parts.push([part, now - this.#start]);
    this.#start = now;
  }

  table(): string {
    return table(this.#parts.map(([part, ms]) => [part, `${ms.toFixed(3)} ms`]));
  }
}

interface Event {
  readonly name: string;
  /** In microseconds; absent for some events. */
  readonly duration?: number;
}

interface Report {
  readonly memory?: Readonly<Record<string, number>>;
  readonly events?: readonly Event[];
}

/** Formats a profile: peak memory, and each kind of event, longest first. */
export function profileTable(text: string): string {
  const { memory = {}, events = [] } = JSON.parse(text) as Report; // as Futhark writes it
  const sums = new Map<string, { count: number; total: number }>();
  for (const { name, duration = 0 } of events) {
    const sum = sums.get(name) ?? { count: 0, total: 0 };
    sums.set(name, { count: sum.count + 1, total: sum.total + duration });
  }
  const longest = [...sums].toSorted(([, a], [, b]) => b.total - a.total);
  const rows = longest.map(([name, { count, total }]) => [
    name,
    String(count),
    `${(total / 1000).toFixed(3)} ms`,
    `${(total / count).toFixed(1)} µs`,
  ]);
  const head = rows.length === 0 ? [] : [["event", "count", "total", "mean"]];
  const peaks = Object.entries(memory).map(([space, bytes]) => [
    `peak memory, ${space}`,
    `${bytes} bytes`,
  ]);
  const none = rows.length === 0 ? "no events: this back end reports none\n" : "";
  return `${table([...head, ...rows])}${none}${table(peaks)}`;
}

/** Formats rows with the first column left-aligned and the others right-aligned. */
function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
    )
    .map((cells) => `${cells.join("  ").trimEnd()}\n`)
    .join("");
}
