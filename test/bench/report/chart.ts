import { LABELS, type Name } from "../contestant.ts";
import { median } from "../interleave.ts";
import { machineLine, type Results } from "../results.ts";
import { bars } from "./bars.ts";
import { lines } from "./lines.ts";
import { text } from "./svg.ts";

const WIDTH = 1100;
const HEIGHT = 560;

/** The results as a picture: calls as bars, arrays of all sizes as lines, both on log scales. */
export function chart(results: Results): string {
  const panels = [
    text(WIDTH / 2, 34, "What a call of Futhark from Node costs", "title"),
    bars(callBars(results), { x: 40, y: 84, width: 350, height: 390 }),
    lines(arrayLines(results), { x: 500, y: 84, width: 400, height: 390 }),
    text(WIDTH / 2, HEIGHT - 18, machineLine(results), "note"),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="Time per call and per array, by way of calling">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${HEIGHT}" rx="10" fill="#fff"/>
${panels.join("\n")}
</svg>
`;
}

const STYLE = `
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #343a40 }
.title { font-size: 18px; font-weight: 600; text-anchor: middle }
.head { font-size: 13px; font-weight: 600 }
.note { font-size: 10.5px; fill: #868e96; text-anchor: middle }
.end { text-anchor: end } .middle { text-anchor: middle } .tick { font-size: 11px; fill: #868e96 }
.grid { stroke: #e9ecef } .axis { stroke: #adb5bd }
`;

function callBars({ measured }: Results) {
  const rows: { label: string; colour: string; us: number }[] = [];
  for (const { what, samples } of measured) {
    if (what === "array") continue;
    for (const [name, values] of Object.entries(samples) as [Name, number[]][]) {
      const { label, colour } = LABELS[name];
      const kind = what === "chain" ? ", pipelined" : name === "bridge" ? ", awaited" : "";
      const short = name === "pythonia" ? "pythonia" : label;
      rows.push({ label: `${short}${kind}`, colour, us: median(values) });
    }
  }
  return rows.sort((a, b) => a.us - b.us);
}

function arrayLines({ measured }: Results) {
  return (Object.keys(LABELS) as Name[]).flatMap((name) => {
    const points = measured.flatMap(({ what, size, samples }) => {
      const values = what === "array" ? samples[name] : undefined;
      return values === undefined ? [] : [{ size, us: median(values) }];
    });
    return points.length === 0 ? [] : [{ ...LABELS[name], points }];
  });
}
