/** The result of a search, as a line of JSON in the file that TEST_RECORD names. */
export interface SearchRecord {
  readonly search: string;
  /** Its data path, or the language if there is only one. */
  readonly on: string;
  /** The numbers of steps of its parts, without repetitions. */
  readonly steps: readonly number[];
  readonly seed: number;
  readonly seconds: number;
  readonly failed: boolean;
}

/** One line for each search, below a line of headings. */
export function searchSummary(records: readonly SearchRecord[]): string {
  const rows = records.map(({ search, on, steps, seed, seconds, failed }) => [
    search,
    on,
    [...steps].sort((a, b) => b - a).join(", ") || "all",
    String(seed),
    seconds.toFixed(0),
    failed ? "found, see above" : "none",
  ]);
  const table = [["search", "on", "steps", "seed", "seconds", "faults"], ...rows];
  const widths = table[0]?.map((_, k) => Math.max(...table.map((row) => row[k]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, k) => cell.padEnd(widths?.[k] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
