import type { Elemtype } from "../elemtypes.ts";
import { shortestDigits } from "./dragon4.ts";
import { f16ToNumber, numberToF16 } from "./float16.ts";

// numpy's default.
const PRECISION = 8;

// Sizes from which exponents are used: 10 to the type's decimal precision, at most 10^8.
const EXPONENT_FROM: Readonly<Partial<Record<Elemtype, number>>> = { f16: 1e3, f32: 1e6, f64: 1e8 };

/** A float without its sign, around the decimal point. */
interface Parts {
  readonly whole: string;
  readonly fraction: string;
  /** Sign and at least two digits; empty if there is none. */
  readonly exponent: string;
}

/** Returns a function that formats each of `numbers` so that their decimal points align. */
export function floatFormat(
  elemtype: Elemtype,
  numbers: readonly number[],
): (number: number) => string {
  const finite = numbers.filter(Number.isFinite);
  const scientific = needsExponents(elemtype, finite);
  const first = finite.map((x) =>
    scientific
      ? scientificParts(elemtype, x, PRECISION, undefined)
      : positionalParts(elemtype, x, PRECISION, undefined),
  );
  const longest = (key: keyof Parts) => Math.max(0, ...first.map((parts) => parts[key].length));
  const precision = longest("fraction");
  const exponentWidth = longest("exponent");
  const right = scientific ? exponentWidth + 1 + precision : precision;
  let left = Math.max(0, ...finite.map((x, i) => sign(x).length + (first[i]?.whole.length ?? 0)));
  if (finite.length < numbers.length) {
    const named = numbers.includes(Number.NEGATIVE_INFINITY) ? "-inf".length : "inf".length;
    left = Math.max(left, named - right - 1);
  }
  return (x) => {
    if (!Number.isFinite(x)) return special(x).padStart(left + right + 1);
    if (scientific) {
      const { whole, fraction, exponent } = scientificParts(elemtype, x, precision, precision);
      const digits = exponent.slice(1).padStart(exponentWidth - 1, "0");
      const mantissa = `${(sign(x) + whole).padStart(left)}.${fraction.padEnd(precision, "0")}`;
      return `${mantissa}e${exponent[0]}${digits}`;
    }
    const { whole, fraction } = positionalParts(elemtype, x, PRECISION, 0);
    return `${(sign(x) + whole).padStart(left)}.${fraction.padEnd(right)}`;
  };
}

/** Formats a single number as numpy prints scalars. */
export function formatFloat(elemtype: Elemtype, number: number): string {
  if (!Number.isFinite(number)) return special(number);
  const size = Math.abs(number);
  const until = elemtype === "f64" ? 1e16 : (EXPONENT_FROM[elemtype] ?? 0);
  if (size === 0 || (size >= 1e-4 && size < until)) {
    const { whole, fraction } = positionalParts(elemtype, number, undefined, undefined);
    return `${sign(number)}${whole}.${fraction || "0"}`;
  }
  const { whole, fraction, exponent } = scientificParts(elemtype, number, undefined, undefined);
  return `${sign(number)}${whole}${fraction && `.${fraction}`}e${exponent}`;
}

/** Whether a number is too large or too small, or their ratio too large, to align the points. */
function needsExponents(elemtype: Elemtype, finite: readonly number[]): boolean {
  const sizes = finite.filter((x) => x !== 0).map(Math.abs);
  if (sizes.length === 0) return false;
  const max = Math.max(...sizes);
  const min = Math.min(...sizes);
  // In the arithmetic of the elemtype, as in numpy.
  return (
    max >= (EXPONENT_FROM[elemtype] ?? 0) ||
    min < rounded(elemtype, 1e-4) ||
    rounded(elemtype, max / min) > 1000
  );
}

function rounded(elemtype: Elemtype, number: number): number {
  if (elemtype === "f16") return f16ToNumber(numberToF16(number));
  return elemtype === "f32" ? Math.fround(number) : number;
}

function sign(number: number): string {
  return number < 0 || Object.is(number, -0) ? "-" : "";
}

function special(number: number): string {
  if (Number.isNaN(number)) return "nan";
  return number < 0 ? "-inf" : "inf";
}

function positionalParts(
  elemtype: Elemtype,
  number: number,
  max: number | undefined,
  min: number | undefined,
): Parts {
  const { digits, exponent } = shortestDigits(elemtype, number, { mode: "fraction", max, min });
  const whole = exponent < 0 ? "0" : digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = exponent < 0 ? "0".repeat(-exponent - 1) + digits : digits.slice(exponent + 1);
  return { whole, fraction: trimmed(rest), exponent: "" };
}

function scientificParts(
  elemtype: Elemtype,
  number: number,
  max: number | undefined,
  min: number | undefined,
): Parts {
  const { digits, exponent } = shortestDigits(elemtype, number, {
    mode: "total",
    max: max === undefined ? undefined : max + 1,
    min: min === undefined ? undefined : min + 1,
  });
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return {
    whole: digits.slice(0, 1),
    fraction: trimmed(digits.slice(1)),
    exponent: (exponent < 0 ? "-" : "+") + power,
  };
}

function trimmed(fraction: string): string {
  return fraction.replace(/0+$/, "");
}
