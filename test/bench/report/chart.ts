import { type EChartsOption, init, type LineSeriesOption } from "echarts";
import { LABELS, type Name } from "../contestant.ts";
import { median } from "../interleave.ts";
import { machineLine, type Results, taking } from "../results.ts";
import { elements, time } from "./time.ts";

const WIDTH = 1100;
const HEIGHT = 680;
const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** The curve as a picture: time over size for every contestant, both on log scales. */
export function chart(results: Results): string {
  const drawn = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  drawn.setOption(option(results));
  const svg = drawn.renderToSVGString();
  drawn.dispose();
  return `${svg}\n`;
}

function option(results: Results): EChartsOption {
  const curve = results.measured.filter(({ part }) => part === "curve");
  const names = taking(curve, Object.keys(LABELS) as Name[]);
  const sizes = curve.map(({ size }) => size);
  const axis = { type: "log", nameLocation: "middle", axisLabel: { color: "#868e96" } } as const;
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT },
    title: [
      {
        text: "An array of f32 in, one call, the array out",
        subtext: "Time per call, by number of elements. P is futhark_ffi in process in Python.",
        left: 20,
        top: 14,
        textStyle: { fontSize: 18, fontWeight: 600, color: "#343a40" },
      },
      {
        text: machineLine(results),
        ...{ left: 20, bottom: 8 },
        textStyle: { fontSize: 11, fontWeight: "normal", color: "#868e96" },
      },
    ],
    grid: { left: 74, right: 250, top: 84, bottom: 74 },
    xAxis: {
      ...axis,
      name: "elements",
      nameGap: 30,
      min: Math.min(...sizes),
      max: Math.max(...sizes),
      axisLabel: { ...axis.axisLabel, formatter: (size: number) => superscript(elements(size)) },
      splitLine: { lineStyle: { color: "#f1f3f5" } },
    },
    yAxis: {
      ...axis,
      name: "time per call",
      nameGap: 54,
      axisLabel: { ...axis.axisLabel, formatter: (us: number) => axisTime(us) },
      splitLine: { lineStyle: { color: "#e9ecef" } },
    },
    series: labelled(names.map((name) => series(name, curve))),
  };
}

interface Line extends LineSeriesOption {
  readonly data: [size: number, us: number][];
}

function series(name: Name, curve: Results["measured"]): Line {
  const { label, colour } = LABELS[name];
  return {
    type: "line",
    name: label,
    data: curve.flatMap(({ size, samples }): Line["data"] => {
      const values = samples[name];
      // A copy of a few bytes takes less than the resolution of the clock.
      return values === undefined || median(values) < 0.02 ? [] : [[size, median(values)]];
    }),
    symbolSize: 5,
    lineStyle: { width: name === "ffi" ? 4 : 2, type: OURS.has(name) ? "solid" : "dashed" },
    itemStyle: { color: colour },
    endLabel: { show: true, formatter: "{a}", color: colour, distance: 8 },
  };
}

/** Puts labels beside the chart in one column, and others above the ends of their lines. */
function labelled(lines: Line[]): Line[] {
  const last = ({ data }: Line): number => data.at(-1)?.[0] ?? 0;
  const largest = Math.max(...lines.map(last));
  const early = lines.filter((line) => last(line) < largest);
  return lines.map((line) => {
    const row = early.indexOf(line);
    if (row < 0) return { ...line, labelLayout: { moveOverlap: "shiftY" } };
    const offset = [0, -14 * (row + 1)];
    return { ...line, endLabel: { ...line.endLabel, align: "right", offset } };
  });
}

const OURS: ReadonlySet<Name> = new Set([
  ...(["bridge", "fromFuthark", "blocking", "zeroCopy", "python", "ffi"] as const),
]);

/** 10^5 as 10⁵. */
function superscript(text: string): string {
  return text.replace(/\^(\d+)/, (_, digits: string) =>
    [...digits].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join(""),
  );
}

/** A power of ten without a fraction: 10 µs. */
function axisTime(us: number): string {
  return us < 1 ? `${Math.round(us * 1000)} ns` : time(us).replace(".0 ", " ");
}
