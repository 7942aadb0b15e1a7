import { type Box, line, logScale, n, powerLabel, text } from "./svg.ts";

/** One way of calling, at every size that was measured. */
export interface Series {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly { readonly size: number; readonly us: number }[];
}

/** Time over size, both logarithmic; each line is named at its end. */
export function lines(series: readonly Series[], box: Box): string {
  if (series.length === 0) return "";
  const points = series.flatMap((one) => one.points);
  const xs = logScale(points.map(({ size }) => size));
  const ys = logScale(points.map(({ us }) => us));
  const x = (size: number): number => box.x + xs.at(size) * box.width;
  const y = (us: number): number => box.y + (1 - ys.at(us)) * box.height;
  const grid = [
    ...ys.powers.flatMap((power) => [
      line(box.x, y(10 ** power), box.x + box.width, y(10 ** power), "grid"),
      text(box.x - 8, y(10 ** power) + 4, powerLabel(power), "tick end"),
    ]),
    ...xs.powers.map((power) =>
      text(x(10 ** power), box.y + box.height + 18, elements(power), "tick middle"),
    ),
    line(box.x, box.y + box.height, box.x + box.width, box.y + box.height, "axis"),
  ];
  const ends = spread(
    series.map(({ points: own }) => ({ x: x(own.at(-1)?.size ?? 1), y: y(own.at(-1)?.us ?? 1) })),
  );
  const drawn = series.flatMap(({ label, colour, points: own }, i) => {
    const path = own.map(({ size, us }) => `${n(x(size))},${n(y(us))}`).join(" ");
    const dots = own.map(
      ({ size, us }) => `<circle cx="${n(x(size))}" cy="${n(y(us))}" r="2.6" fill="${colour}"/>`,
    );
    const last = own.at(-1);
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...dots,
      `<text x="${n(x(last?.size ?? 1) + 9)}" y="${n((ends[i] ?? 0) + 4)}" style="fill:${colour}">${label}</text>`,
    ];
  });
  const head = text(
    box.x,
    box.y - 14,
    "An array of f32 in, one entry point, the array out",
    "head",
  );
  const foot = text(box.x + box.width / 2, box.y + box.height + 38, "elements", "tick middle");
  return [head, foot, ...grid, ...drawn].join("\n");
}

/** Heights for labels: those at the same place are moved apart, downwards in order. */
function spread(ends: readonly { readonly x: number; readonly y: number }[]): number[] {
  const placed = ends.map((end) => end.y);
  const order = [...ends.keys()].sort((a, b) => (ends[a]?.y ?? 0) - (ends[b]?.y ?? 0));
  const lowest = new Map<number, number>();
  for (const i of order) {
    const end = ends[i] ?? { x: 0, y: 0 };
    const above = lowest.get(end.x) ?? Number.NEGATIVE_INFINITY;
    placed[i] = Math.max(end.y, above + LABEL_HEIGHT);
    lowest.set(end.x, placed[i] ?? 0);
  }
  return placed;
}

function elements(power: number): string {
  return ["1", "10", "100", "1 k", "10 k", "100 k", "1 M", "10 M", "100 M", "1 G"][power] ?? "";
}

const LABEL_HEIGHT = 15;
