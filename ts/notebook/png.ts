// https://www.w3.org/TR/png/
import { crc32, deflateSync } from "node:zlib";
import { ArgumentError } from "../errors.ts";
import { nd } from "../nd-array/nd.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { shapeText } from "../nd-array/shape.ts";

/** An array, or the handle of one, which is copied out of Futhark. */
export type Showable = NdArray | { toNdArray(): Promise<NdArray> };

/** Options of {@link toPng}. */
export interface ImageOptions {
  /** The values of black and white; by default 0 and 255 for u8, else the least and greatest. */
  readonly range?: readonly [black: number, white: number];
}

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2, 4: 6 }; // by channels

/**
 * Returns the bytes of a PNG file of an array: `[h][w]` is greyscale, `[h][w][3]` red, green and
 * blue, `[h][w][4]` the same with opacity.
 * @throws {ArgumentError} The array has another shape, or no pixels.
 */
export async function toPng(image: Showable, options: ImageOptions = {}): Promise<Uint8Array> {
  const array = "toNdArray" in image ? await image.toNdArray() : image;
  const [height, width, channels = 1] = array.shape;
  const type = COLOUR_TYPES[channels];
  if (!height || !width || array.rank > 3 || type === undefined) {
    throw new ArgumentError(
      `expected an image of shape [h, w], [h, w, 3] or [h, w, 4], got ${shapeText(array.shape)}`,
    );
  }
  const bytes = pixels(array, options);
  // Each row begins with its filter: 0, none.
  const rows = Buffer.alloc(height * (1 + width * channels));
  for (let row = 0; row < height; row++) {
    const from = row * width * channels;
    rows.set(bytes.subarray(from, from + width * channels), row + from + 1);
  }
  //  0 u32 width | 4 u32 height | 8 u8 bits, colour type, compression, filters, interlace
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, type], 8);
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND")];
  return new Uint8Array(Buffer.concat([SIGNATURE, ...chunks]));
}

//  0 u32 bytes of content | 4 name | 8 content | u32 CRC of name and content
function chunk(name: string, content: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(name, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}

function pixels(array: NdArray, { range }: ImageOptions): Uint8Array {
  const { elemtype, data } = array.contiguous();
  if (elemtype === "u8" && range === undefined) return data as Uint8Array; // u8
  // `get` converts f16, which is stored as bits.
  const flat = nd(array, [array.size]);
  const values = Float64Array.from({ length: array.size }, (_, i) => Number(flat.get(i)));
  const [black, white] = range ?? extremes(values);
  const scale = white === black ? 0 : 255 / (white - black);
  // Clamps, rounds, and converts NaN to 0.
  return new Uint8Array(Uint8ClampedArray.from(values, (value) => (value - black) * scale));
}

function extremes(values: Float64Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
