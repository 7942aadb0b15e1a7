/** A part of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function text(x: number, y: number, content: string, style = ""): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${n(x)}" y="${n(y)}" class="${style}">${safe}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" class="${style}"/>`;
}

/** A number for SVG: a tenth of a pixel is enough. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A logarithmic scale over whole powers of ten. */
export interface LogScale {
  /** The powers, as exponents. */
  readonly powers: readonly number[];
  /** The position of a value, from 0 to 1. */
  at(value: number): number;
}

export function logScale(values: readonly number[]): LogScale {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    powers: Array.from({ length: high - low + 1 }, (_, i) => low + i),
    at: (value) => (Math.log10(value) - low) / (high - low),
  };
}

/** 10^power microseconds in words. */
export function powerLabel(power: number): string {
  const units = ["ns", "µs", "ms", "s"] as const;
  const index = Math.floor(power / 3) + 1;
  return `${10 ** (power - 3 * (index - 1))} ${units[index] ?? ""}`;
}
