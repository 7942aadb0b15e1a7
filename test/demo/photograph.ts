import { basename, join } from "node:path";
import sharp from "sharp";
import { pythonPackageDir } from "./python.ts";

/** A decoded photograph. */
export interface Photograph {
  readonly name: string;
  readonly credit: string;
  readonly height: number;
  readonly width: number;
  /** Red, green and blue of each pixel, row by row: height * width * 3 bytes. */
  readonly pixels: Uint8Array;
}

/** The path of the demo's own photograph, which matplotlib includes. */
export async function defaultImage(python: string): Promise<string> {
  const matplotlib = await pythonPackageDir(python, "matplotlib");
  return join(matplotlib, "mpl-data", "sample_data", "grace_hopper.jpg");
}

/** Decodes an image file of any format that sharp reads: to sRGB, upright, without alpha. */
export async function decodePhotograph(file: string): Promise<Photograph> {
  const { data, info } = await sharp(file)
    .rotate()
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${file}: expected 3 channels, got ${info.channels}`);
  const name = basename(file);
  return { name, credit: creditOf(name), height: info.height, width: info.width, pixels: data };
}

function creditOf(name: string): string {
  if (name !== "grace_hopper.jpg") return `Photograph: ${name}`;
  return "Photograph: Grace Hopper, 1984, by James S. Davis for the US Navy (public domain)";
}
