// Decimal digits of floats as numpy prints them: the fewest that identify a number, within the
// limits of a cutoff. The algorithm is Steele and White's "Dragon4" in Ryan Juckett's form, as in
// numpy: https://www.ryanjuckett.com/printing-floating-point-numbers/
// Its bigints are slow, which does not matter for the few numbers that are printed.
import type { Elemtype } from "../elemtypes.ts";
import { numberToF16 } from "./float16.ts";

/** A positive number as `0.d₁d₂d₃… × 10^(exponent + 1)`. */
export interface Digits {
  readonly digits: string;
  /** Power of ten of the first digit. */
  readonly exponent: number;
}

/** Limits on the number of digits; without them the fewest that identify the number. */
export interface Cutoff {
  /** Which digits count: those after the point ("fraction"), or all ("total"). */
  readonly mode: "fraction" | "total";
  readonly max?: number | undefined;
  readonly min?: number | undefined;
}

/** Returns the digits of a finite number; its sign is ignored. */
export function shortestDigits(elemtype: Elemtype, number: number, cutoff: Cutoff): Digits {
  if (number === 0) return { digits: "0", exponent: 0 };
  const { mantissa, exponent, unequal } = decompose(elemtype, number);
  const even = mantissa % 2n === 0n;
  // value, scale and margins (half the distances to the neighbours) have a common factor.
  const factor = unequal ? 4n : 2n;
  const up = BigInt(Math.max(exponent, 0));
  let value = (factor * mantissa) << up;
  let low = 1n << up;
  let high = (unequal ? 2n : 1n) << up;
  let scale = factor << BigInt(Math.max(-exponent, 0));

  let power = Math.ceil((bitLength(mantissa) - 1 + exponent) * Math.log10(2) - 0.69);
  if (cutoff.mode === "fraction" && cutoff.max !== undefined && power <= -cutoff.max) {
    power = 1 - cutoff.max; // yields one digit, which may round up
  }
  if (power > 0) scale *= 10n ** BigInt(power);
  const grow = power < 0 ? 10n ** BigInt(-power) : 1n;
  [value, low, high] = [value * grow, low * grow, high * grow];
  if (value >= scale) power++;
  else [value, low, high] = [value * 10n, low * 10n, high * 10n];

  const first = power - 1;
  const end = (count: number) => (cutoff.mode === "total" ? power - count : -count);
  const lastPower = cutoff.max === undefined ? Number.NEGATIVE_INFINITY : end(cutoff.max);
  const neededPower = cutoff.min === undefined ? power : Math.max(end(cutoff.min), lastPower);

  const digits: number[] = [];
  for (;;) {
    power--;
    let digit = Number(value / scale);
    value %= scale;
    const isLow = even ? value <= low : value < low;
    const isHigh = even ? value + high >= scale : value + high > scale;
    if (((isLow || isHigh) && power <= neededPower) || power === lastPower) {
      // Within both margins or neither: round to nearest, ties to even.
      const twice = 2n * value;
      const down = isLow !== isHigh ? isLow : twice < scale || (twice === scale && digit % 2 === 0);
      if (!down) digit++;
      digits.push(digit);
      return carried(digits, first);
    }
    digits.push(digit);
    [value, low, high] = [value * 10n, low * 10n, high * 10n];
  }
}

/** Carries a last digit of 10. */
function carried(digits: number[], exponent: number): Digits {
  while (digits.at(-1) === 10) {
    digits.pop();
    if (digits.length === 0) return { digits: "1", exponent: exponent + 1 };
    digits.push((digits.pop() ?? 0) + 1);
  }
  return { digits: digits.join(""), exponent };
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** Returns the number as `mantissa * 2^exponent`; `unequal` if the lower neighbour is nearer. */
function decompose(
  elemtype: Elemtype,
  number: number,
): { mantissa: bigint; exponent: number; unequal: boolean } {
  const [bits, fractionBits, bias] = bitsOf(elemtype, Math.abs(number));
  const implied = 1n << BigInt(fractionBits);
  const field = Number(bits / implied);
  const fraction = bits % implied;
  const mantissa = field === 0 ? fraction : fraction + implied;
  const exponent = Math.max(field, 1) - bias - fractionBits;
  return { mantissa, exponent, unequal: field > 1 && fraction === 0n };
}

function bitsOf(elemtype: Elemtype, number: number): [bigint, number, number] {
  const view = new DataView(new ArrayBuffer(8));
  switch (elemtype) {
    case "f16":
      return [BigInt(numberToF16(number)), 10, 15];
    case "f32":
      view.setFloat32(0, number);
      return [BigInt(view.getUint32(0)), 23, 127];
    default:
      view.setFloat64(0, number);
      return [view.getBigUint64(0), 52, 1023];
  }
}
