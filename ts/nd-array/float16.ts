// IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits.

const NAN = 0x7e00;
const INFINITY = 0x7c00;
const OVERFLOW = 65520; // halfway from the largest finite value to 2^16
const LEAST_EXPONENT = -14; // of normal numbers; subnormal numbers have the same step

// Adding and subtracting this rounds to an integer, ties to even.
const ROUND = 2 ** 52;

const f64 = new Float64Array(1);
const words = new Uint32Array(f64.buffer);
const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Converts 16 bits to a number; the result is exact. */
export function f16ToNumber(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (0x400 + fraction) * (STEPS[exponent - 1] ?? 0);
}

/** Converts a number to 16 bits: to nearest, ties to even; infinity from 65520 on; one NaN. */
export function numberToF16(value: number): number {
  if (Number.isNaN(value)) return NAN;
  f64[0] = value;
  const high = words[HIGH_WORD] ?? 0;
  const sign = (high >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (size >= OVERFLOW) return sign | INFINITY;
  const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, LEAST_EXPONENT);
  const step = STEPS[exponent - LEAST_EXPONENT] ?? 0;
  // For normal numbers this includes the implied bit, which like a carry adds 1 to the exponent.
  const fraction = size / step + ROUND - ROUND;
  return sign | (((exponent - LEAST_EXPONENT) << 10) + fraction);
}

// Distance between neighbours, by exponent.
const STEPS: readonly number[] = Array.from({ length: 30 }, (_, i) => 2 ** (i - 24));
