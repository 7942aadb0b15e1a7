import { type Goal, goals } from "../goals.ts";
import { machineLine, type Results } from "../results.ts";

/** The goals as a table of plain text. P is futhark_ffi in process in Python. */
export function terminalTable(results: Results): string {
  const rows = goals(results).map(cells);
  const head = ["what", "measured", "beside", "ratio", "at best", "must reach", "", "aim", ""];
  const widths = head.map((title, i) =>
    Math.max(...[head, ...rows].map((row) => (row[i] ?? title).length)),
  );
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `\n${machineLine(results)}\nP: futhark_ffi in process in Python\n\n${lines.join("\n")}\n`;
}

function cells(goal: Goal): string[] {
  const { what, measured, against, ratio, bestRatio, mustReach, aim } = goal;
  return [
    what.replaceAll("`", ""),
    measured,
    against,
    number(ratio),
    number(bestRatio),
    mustReach,
    mark(goal.reached),
    aim,
    mark(goal.aimed),
  ];
}

/** A ratio, where there is one. */
export function number(ratio: number | undefined): string {
  return ratio === undefined ? "" : ratio.toFixed(2);
}

/** A sign for a goal that was met, or was not. */
export function mark(met: boolean | undefined): string {
  return met === undefined ? "" : met ? "✓" : "✗";
}
