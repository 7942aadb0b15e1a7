import { LABELS, type Name, STATES } from "../contestant.ts";
import { CURVE_GOALS, curveGoals } from "../goals.ts";
import { median } from "../interleave.ts";
import { curveSizes, type Measured, machineLine, type Results, taking } from "../results.ts";
import { CURVE_HEAD, curveRows, type Row, SINGLE_HEAD, singleRows } from "./table.ts";
import { elements, megabytes, time } from "./time.ts";

/** The results as Markdown: the goals, then every contestant in every case. */
export function markdown(results: Results): string {
  const { measured } = results;
  const of = (part: string): Measured[] => measured.filter((each) => each.part === part);
  const sections = [
    section("Goals at every size", [CURVE_HEAD, ...curveRows(results)]),
    section("Other goals", [SINGLE_HEAD, ...singleRows(results)]),
    section("Time over what must be reached, by size (reached: 1 or less)", shares(results)),
    section("An array of f32 in, one call, the array out", times(of("curve"), bySize)),
    section("Nothing freed by hand, calls on end", times(of("forgotten"), bySize)),
    section("Most memory in those calls", forgottenMemory(results)),
    section("Three states of the machine", times(of("states"), byState)),
    section("Other values", times(of("shapes"), byCase)),
    section("Memory", memory(results)),
    ...scaleSections(results),
  ];
  const absent = results.absent.map((line) => `- ${line}\n`).join("");
  const head =
    `Measured ${machineLine(results)}. P is futhark_ffi in process in Python; each figure is the ` +
    "median of turns, and each comparison the median over turns side by side.\n";
  return [head, ...sections, ...(absent === "" ? [] : ["## Left out\n", absent])]
    .filter((text) => text !== "")
    .join("\n");
}

function section(title: string, rows: readonly Row[]): string {
  if (rows.length < 2) return "";
  const line = (cells: Row): string => `| ${cells.join(" | ")} |`;
  const [head = [], ...body] = rows;
  const lines = [line(head), line(head.map(() => "---")), ...body.map(line)];
  return `## ${title}\n\n${lines.join("\n")}\n`;
}

/** A row per contestant, a column per case. */
function times(measured: readonly Measured[], title: (one: Measured) => string): Row[] {
  const rows = taking(measured, Object.keys(LABELS) as Name[]).map((name) => [
    LABELS[name].label,
    ...measured.map(({ samples }) => {
      const values = samples[name];
      return values === undefined ? "–" : time(median(values));
    }),
  ]);
  return [["per call", ...measured.map(title)], ...rows];
}

const bySize = ({ size }: Measured): string => elements(size);
const byState = (one: Measured): string => `${byCase(one)}, ${STATES[one.state]}`;

function byCase({ what, size }: Measured): string {
  if (what === "call") return "scalar call";
  if (what === "chain") return "chained call";
  return what === "array" ? elements(size) : `${what} of ${elements(size)}`;
}

/** The curve's goals, size by size: how many times what must be reached was taken. */
function shares(results: Results): Row[] {
  const sizes = curveSizes(results);
  const goals = curveGoals(results);
  const rows = CURVE_GOALS.map(({ what, must: _ }) => [
    what,
    ...sizes.map((size) => {
      const share = goals.find((goal) => goal.what === what && goal.size === size)?.ofMust;
      return share === undefined ? "–" : share.toFixed(2);
    }),
  ]);
  return sizes.length === 0 ? [] : [["way", ...sizes.map(elements)], ...rows];
}

function forgottenMemory({ forgotten = [] }: Results): Row[] {
  return [
    ["elements", "calls on end", "Node", "worker"],
    ...forgotten.map(({ size, calls, peak }) => [
      ...[elements(size), String(calls), megabytes(peak.node), megabytes(peak.worker)],
    ]),
  ];
}

function memory({ memory }: Results): Row[] {
  if (memory === undefined) return [];
  const { arrayBytes, typedArrays, zeroCopy, made } = memory;
  const [array, each] = [megabytes(arrayBytes), megabytes(made.bytesEach)];
  const ended = made.results < made.wanted ? ", then ended: too much memory" : "";
  return [
    ["what", "measured", "must", "reached"],
    ...[
      [`Node's own while ${array} go through, typed arrays`, typedArrays, 1.1 * arrayBytes],
      [`Node's own while ${array} go through, \`alloc\` and \`borrow\``, zeroCopy, 2e7],
    ].map(([what, bytes, must]) => boundRow(String(what), Number(bytes), Number(must))),
    ...(["node", "worker"] as const).map((side) =>
      boundRow(
        `${side === "node" ? "Node" : "worker"}, ${made.results} of ${made.wanted} results of ${each} made and forgotten${ended}`,
        made.peak[side],
        512e6,
      ),
    ),
  ];
}

function scaleSections({ scale }: Results): string[] {
  if (scale === undefined) return [];
  const { pools, live, large } = scale;
  const one = (callMs: number): number =>
    pools.find((pool) => pool.callMs === callMs)?.perSecond ?? Number.NaN;
  const head = ["workers", "a call takes", "calls per second", "of one worker's", "of the cores"];
  return [
    section("Pools", [
      head,
      ...pools.map(({ workers, callMs, perSecond, share }) => [
        ...[String(workers), `${callMs} ms`, perSecond.toFixed(0)],
        ...[`${(perSecond / one(callMs)).toFixed(2)} ×`, `${(100 * share).toFixed(0)} %`],
      ]),
    ]),
    section("Live values", [
      ["values", "a chained call"],
      ...live.map(({ values, us }) => [String(values), time(us)]),
    ]),
    section("Large programs", [
      ["entry points and types", "`open()`", "more memory in Node"],
      ...large.map(({ entries, openMs, nodeBytes }) => [
        ...[String(entries), time(openMs * 1000), megabytes(nodeBytes)],
      ]),
    ]),
  ];
}

function boundRow(what: string, bytes: number, must: number): Row {
  return [what, megabytes(bytes), megabytes(must), bytes <= must ? "yes" : "**no**"];
}
