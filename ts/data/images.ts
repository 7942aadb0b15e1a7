import { ArgumentError } from "../errors.ts";
import { notInstalled, requireInstalled } from "../installed.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { shapeText } from "../nd-array/shape.ts";

/** The formats of images. */
export type ImageFormat = "png" | "jpeg";

interface Raw {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** The subset of https://sharp.pixelplumbing.com used here. */
interface Image {
  raw(): Image;
  toBuffer(options: { resolveWithObject: true }): Promise<{ data: Buffer; info: Raw }>;
  toFormat(format: ImageFormat): { toBuffer(): Promise<Buffer> };
}
type Sharp = (bytes: Uint8Array, options?: { raw: Raw }) => Image;

function loadSharp(): Sharp {
  try {
    return requireInstalled("sharp") as Sharp;
  } catch (error) {
    throw notInstalled("reading and writing images", "sharp", error);
  }
}

/** Whether the bytes are a PNG or JPEG file. */
export function isImage(bytes: Uint8Array): boolean {
  const magic = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  return magic === "\x89PNG\r\n\x1a\n" || magic.startsWith("\xff\xd8\xff");
}

/**
 * Reads an image as `[height][width][channels]u8`: 1 channel is greyscale, 3 are red,
 * green and blue; 2 and 4 include opacity. Needs the package sharp, and reads all its formats.
 * @throws {BuildError} sharp is not installed.
 * @throws {ArgumentError} Not an image.
 */
export async function fromImage(bytes: Uint8Array): Promise<NdArray<"u8">> {
  const sharp = loadSharp();
  try {
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    return new NdArray("u8", new Uint8Array(data), [info.height, info.width, info.channels]);
  } catch (error) {
    throw new ArgumentError(`not an image: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Returns the file of an image: u8 of shape `[height, width]` or `[height, width, channels]` with
 * 1 to 4 channels, as {@link fromImage} returns it. JPEG has no opacity. Needs the package sharp.
 * @throws {BuildError} sharp is not installed.
 * @throws {ArgumentError} Another shape or elemtype.
 */
export async function toImage(array: NdArray, format: ImageFormat): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 1] = array.shape;
  const isShape = (array.rank === 2 || array.rank === 3) && height * width > 0;
  if (array.elemtype !== "u8" || !isShape || channels < 1 || channels > 4) {
    throw new ArgumentError(
      `expected an image: u8 of shape [h, w] or [h, w, 1 to 4], got ${array.elemtype} of shape ${shapeText(array.shape)}`,
    );
  }
  const sharp = loadSharp();
  const { data } = array.contiguous();
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return await sharp(bytes, { raw: { width, height, channels } }).toFormat(format).toBuffer();
}
