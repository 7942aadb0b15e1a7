// A photograph through a discrete cosine transform: decoded here, transformed by Futhark.
// All values between the input pixels and the output pixels stay in Futhark's memory.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type Backend, nd, open } from "../../ts/index.ts";
import { findFonts } from "./captions.ts";
import { DIFFERENCE_GAIN, sheetOf } from "./photo-sheet.ts";
import { decodePhotograph, defaultImage, type Photograph } from "./photograph.ts";
import { projectPython, root, runPython } from "./python.ts";
import { drawSheet } from "./side-by-side.ts";
import { Stopwatch } from "./stopwatch.ts";

interface Options {
  readonly keep: number;
  readonly image?: string;
  readonly backend: Backend;
  readonly out: string;
  readonly python: string;
}

const BACKENDS = ["c", "multicore", "opencl", "cuda", "hip"];
const OUT = join(root, ".cache", "photo-dct.png");
const PROGRAM = join(root, "test", "programs", "dct.fut");

const options = new Command("photo-dct")
  .description("Sends a photograph through a discrete cosine transform in Futhark and back.")
  .option("--keep <k>", "how many of the 64 coefficients of each block to keep", parseKeep, 6)
  .option("--image <file>", "another photograph (default: Grace Hopper, out of matplotlib)")
  .addOption(
    new Option("--backend <name>", "Futhark back end").choices(BACKENDS).default("multicore"),
  )
  .addOption(
    new Option("--out <file>", "where to write the picture").default(OUT, relative(root, OUT)),
  )
  .addOption(
    new Option("--python <path>", "Python interpreter to use").default(
      projectPython,
      "the project's own",
    ),
  )
  .parse()
  .opts<Options>();

try {
  await demo(options, new Stopwatch((text) => process.stdout.write(text)));
} catch (error) {
  console.error(`\nphoto-dct: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function demo({ keep, image, backend, out, python }: Options, watch: Stopwatch) {
  console.log(
    `A photograph through Loeffler's DCT, ${keep} of 64 coefficients kept (${backend})\n`,
  );
  const file = image ?? (await defaultImage(python));
  const photo = await watch.time("decode", () => decodePhotograph(file), describe);
  const { pixels, height, width } = photo;

  await using fut = await watch.time(
    "open",
    () => open(PROGRAM, { backend, python }),
    "dct.fut; compiled and built the first time",
  );
  const { entry } = fut;
  // One stage at a time, to see what each takes.
  const before = await watch.time(
    "transfer in",
    () => fut.toFuthark("[][][]u8", nd(pixels, [height, width, 3])),
    `${size(pixels)} into Futhark, where everything stays`,
  );
  const blocks = await watch.time("blocks", () => entry.to_blocks(before), shapeOf);
  const coefficients = await watch.time("DCT", () => entry.dct_blocks(blocks), shapeOf);
  const kept = await watch.time("keep largest", () => entry.keep_largest(keep, coefficients));
  const inverse = await watch.time("inverse DCT", () => entry.idct_blocks(kept));
  const after = await watch.time(
    "photograph",
    () => entry.to_photo(height, width, inverse),
    shapeOf,
  );
  const result = await watch.time("transfer out", () => after.values(), size);

  // The same in one go: a call that is not done yet may be an argument.
  const again = await watch.time(
    "all in one go",
    async () => {
      const forward = entry.dct_blocks(entry.to_blocks(before));
      const back = entry.idct_blocks(entry.keep_largest(keep, forward));
      const photo = await entry.to_photo(height, width, back);
      return await photo.values();
    },
    "the same as pending calls: nothing waits in between",
  );
  const psnr = await entry.psnr(before, after);
  const difference = await entry.difference(DIFFERENCE_GAIN, before, after);

  const args = [PROGRAM, backend, height, width, keep].map(String);
  const inProcess = await watch.time(
    "Python",
    () => runPython(python, "demo/photo_dct.py", args, pixels),
    "a process of its own that calls the same module",
  );
  const shown = await difference.values();
  const fonts = await findFonts(python);
  await watch.time("PNG", async () => {
    const png = await drawSheet(sheetOf(photo, result, shown, psnr, keep), fonts);
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, png);
  });

  const largest = Math.max(largestDifference(result, inProcess), largestDifference(result, again));
  console.log(`\n  PSNR ${psnr.toFixed(4)} dB`);
  console.log(`  Largest difference to the same calls in Python, in process: ${largest}`);
  console.log(`  ${photo.credit}`);
  console.log(`  Before, after and difference: ${relative(process.cwd(), out) || out}`);
  if (fonts === undefined) console.log("  (without captions: matplotlib's fonts were not found)");
  if (largest !== 0) process.exitCode = 1;
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((largest, x, i) => Math.max(largest, Math.abs(x - (b[i] ?? 0))), 0);
}

function parseKeep(text: string): number {
  const keep = Number(text);
  if (Number.isInteger(keep) && keep >= 0 && keep <= 64) return keep;
  throw new InvalidArgumentError("expected a whole number from 0 to 64");
}

function describe({ name, width, height }: Photograph): string {
  return `${name}, ${width} × ${height}`;
}

function shapeOf({ shape }: { readonly shape: readonly number[] }): string {
  return shape.join(" × ");
}

function size({ length }: { readonly length: number }): string {
  return `${(length / 1e6).toFixed(2)} MB`;
}
