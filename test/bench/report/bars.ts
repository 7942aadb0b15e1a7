import { time } from "../goals.ts";
import { type Box, line, logScale, n, powerLabel, text } from "./svg.ts";

/** Horizontal bars with their values, shortest first. */
export function bars(
  rows: readonly { label: string; colour: string; us: number }[],
  box: Box,
): string {
  if (rows.length === 0) return "";
  const scale = logScale(rows.map(({ us }) => us));
  const x = (value: number): number => box.x + scale.at(value) * box.width * 0.86;
  const step = Math.min(48, box.height / rows.length);
  const grid = scale.powers.flatMap((power) => [
    line(x(10 ** power), box.y, x(10 ** power), box.y + box.height, "grid"),
    text(x(10 ** power), box.y + box.height + 18, powerLabel(power), "tick middle"),
  ]);
  const drawn = rows.flatMap(({ label, colour, us }, i) => {
    const top = box.y + i * step;
    const width = Math.max(2, x(us) - box.x);
    return [
      text(box.x, top + step * 0.42, label),
      `<rect x="${n(box.x)}" y="${n(top + step * 0.52)}" width="${n(width)}" height="${n(step * 0.32)}" rx="3" fill="${colour}"/>`,
      text(x(us) + 6, top + step * 0.78, time(us)),
    ];
  });
  return [text(box.x, box.y - 14, "One call, without arrays", "head"), ...grid, ...drawn].join(
    "\n",
  );
}
