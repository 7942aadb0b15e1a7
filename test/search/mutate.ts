// Random damage to valid bytes, as a stranger or a broken disk might do it.

/** A source of numbers from 0 up to but not including `n`. */
export type Random = (n: number) => number;

/** Numbers that follow from the seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

const MAGIC_NUMBERS = [
  ...[0n, 1n, 2n, 7n, 8n, 63n, 64n, 127n, 128n, 255n, 256n, 0x7fffn, 0x8000n, 0xffffn, 0x10000n],
  ...[0x7fffffffn, 0x80000000n, 0xfffffff0n, 0xffffffffn, 0x100000000n, 1n << 53n],
  ...[(1n << 53n) - 1n, (1n << 62n) - 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n],
];

/** Damages bytes in one to four places; `words` are inserted unchanged. */
export function mutate(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  words: readonly string[],
  random: Random,
): Uint8Array {
  let out: Uint8Array = new Uint8Array(bytes);
  for (let times = 1 + random(random(4) + 1); times > 0; times--) {
    out = damage(out, others, words, random);
  }
  return out;
}

function damage(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  words: readonly string[],
  random: Random,
): Uint8Array {
  const at = random(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random(random(2) === 0 ? 8 : 64));
  switch (random(words.length > 0 ? 9 : 8)) {
    case 0: // a bit
      return put(bytes, at, (byte) => byte ^ (1 << random(8)));
    case 1:
      return put(bytes, at, () => random(256));
    case 2: // a length or an offset
      return number(bytes, at - (random(2) === 0 ? at % 4 : 0), random);
    case 3:
      return bytes.slice(0, at);
    case 4:
      return join(bytes.subarray(0, at), bytes.subarray(end));
    case 5:
      return join(bytes.subarray(0, end), bytes.subarray(at));
    case 6: {
      const other = others[random(others.length)] ?? bytes;
      return join(bytes.subarray(0, at), other.subarray(random(other.length + 1)));
    }
    case 7: // two parts change places
      return join(bytes.subarray(end), bytes.subarray(0, at), bytes.subarray(at, end));
    default:
      return join(
        bytes.subarray(0, at),
        Buffer.from(words[random(words.length)] ?? "", "latin1"),
        bytes.subarray(random(2) === 0 ? at : end),
      );
  }
}

function put(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const byte = bytes[at];
  if (byte !== undefined) bytes[at] = change(byte);
  return bytes;
}

function number(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  const width = [1, 2, 4, 8][random(4)] ?? 8;
  const old = Buffer.alloc(8);
  old.set(bytes.subarray(at, at + width));
  const magic = MAGIC_NUMBERS[random(MAGIC_NUMBERS.length)] ?? 0n;
  const near = old.readBigUInt64LE() + BigInt(random(17) - 8);
  const wanted = Buffer.alloc(8);
  wanted.writeBigUInt64LE(BigInt.asUintN(64, random(2) === 0 ? magic : near));
  bytes.set(wanted.subarray(0, Math.min(width, bytes.length - at)), at);
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
