import { LABELS, type Name } from "../contestant.ts";
import { goals, time } from "../goals.ts";
import { median } from "../interleave.ts";
import { type Measured, machineLine, type Results } from "../results.ts";
import { mark, number } from "./table.ts";

/** The results as Markdown: the goals, then every contestant at every size. */
export function markdown(results: Results): string {
  const rows = goals(results).map(
    ({ what, measured, against, ratio, bestRatio, mustReach, aim, reached, aimed }) => [
      what,
      measured,
      against,
      number(ratio),
      number(bestRatio),
      `${mustReach} ${mark(reached)}`.trim(),
      `${aim} ${mark(aimed)}`.trim(),
    ],
  );
  const goalTable = table(
    ["what", "measured", "beside", "ratio", "at best", "must reach", "aim"],
    rows,
  );
  const absent = results.absent.map((line) => `- ${line}\n`).join("");
  return [
    `Measured ${machineLine(results)}. P is futhark_ffi in process in Python; ratios are medians over turns side by side, "at best" compares the best turns.\n`,
    goalTable,
    ...sizeTable(results.measured),
    ...(absent === "" ? [] : [absent]),
  ].join("\n");
}

/** A row per contestant, a column per size. */
function sizeTable(measured: readonly Measured[]): string[] {
  if (measured.length === 0) return [];
  const names = (Object.keys(LABELS) as Name[]).filter((name) =>
    measured.some(({ samples }) => samples[name] !== undefined),
  );
  const rows = names.map((name) => [
    LABELS[name].label,
    ...measured.map(({ samples }) => {
      const values = samples[name];
      return values === undefined ? "–" : time(median(values));
    }),
  ]);
  return [table(["per operation", ...measured.map(title)], rows)];
}

function title({ what, size }: Measured): string {
  if (what === "call") return "scalar call";
  if (what === "chain") return "pipelined call";
  return size === 1 ? "1 f32 in and out" : exponent(size);
}

function exponent(size: number): string {
  return size < 1e4 ? String(size) : `10^${Math.round(Math.log10(size))}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}
