import { curveGoals, type Goal, singleGoals } from "../goals.ts";
import { machineLine, type Results } from "../results.ts";
import { elements } from "./time.ts";

export type Row = readonly string[];

/** Each way in a row: at how many sizes its goal was reached, and where not, by how much. */
export function curveRows(results: Results): Row[] {
  const ways = new Map<string, Goal[]>();
  for (const goal of curveGoals(results)) {
    ways.set(goal.what, [...(ways.get(goal.what) ?? []), goal]);
  }
  return [...ways].map(([what, goals]) => {
    const met = (of: "ofMust" | "ofAim"): Goal[] => goals.filter((goal) => reached(goal[of]));
    const missed = goals.filter((goal) => !reached(goal.ofMust));
    const worst = missed.map(({ size = 0, ofMust }) => `${elements(size)} (${times(ofMust)})`);
    const { must = "", aim = "" } = goals[0] ?? {};
    return [
      what,
      ...[must, `${met("ofMust").length} of ${goals.length}`, worst.join(", ") || "none"],
      ...[aim, `${met("ofAim").length} of ${goals.length}`],
    ];
  });
}
export const CURVE_HEAD: Row = [
  "at every size",
  "must",
  "reached at",
  "missed by",
  "aim",
  "reached at",
];

/** The goals that have one figure each. */
export function singleRows(results: Results): Row[] {
  return singleGoals(results).map(({ what, measured, against, must, aim, ofMust, ofAim }) => [
    ...[what, measured, against, must, verdict(ofMust), aim, verdict(ofAim)],
  ]);
}
export const SINGLE_HEAD: Row = ["what", "measured", "beside", "must", "reached", "aim", "reached"];

/** Whether a goal was reached, and by what part of it, or how far it was missed. */
function verdict(share: number | undefined): string {
  return share === undefined ? "" : `${reached(share) ? "yes" : "**no**"} (${times(share)})`;
}

function reached(share: number | undefined): boolean {
  return share !== undefined && share <= 1;
}

function times(share = Number.NaN): string {
  return `${share.toFixed(2)} ×`;
}

/** The goals as tables of plain text. */
export function terminalTable(results: Results): string {
  const tables = [
    [CURVE_HEAD, ...curveRows(results)],
    [SINGLE_HEAD, ...singleRows(results)],
  ].filter(({ length }) => length > 1);
  const texts = tables.map((rows) => aligned(rows.map((row) => row.map(plain))));
  return `\n${machineLine(results)}\nP: futhark_ffi in process in Python\n\n${texts.join("\n")}`;
}

function plain(cell: string): string {
  return cell.replaceAll("`", "").replaceAll("**", "");
}

function aligned(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
