import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { fetchPackages } from "../runner/fetched.ts";
import { decodePhotograph, defaultImage, type Photograph } from "./photograph.ts";
import { projectPython, root, runPython } from "./python.ts";
import { panelCorner } from "./side-by-side.ts";

const KEEP = 6;

let folder: string;
let photo: Photograph;
let output: string;

function demo(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return demoOn(process.execPath, ...args);
}

function demoOn(node: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const script = join(root, "test", "demo", "photo-dct.ts");
  return promisify(execFile)(node, ["--import", "tsx", script, ...args], { cwd: root });
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "photo-dct-"));
  photo = await decodePhotograph(await defaultImage(projectPython));
  output = (await demo("--keep", String(KEEP), "--out", join(folder, "sheet.png"))).stdout;
});

after(() => rm(folder, { recursive: true, force: true }));

/** The pixels of one panel of the picture that the demo wrote. */
async function panel(index: number): Promise<Uint8Array> {
  const { width, height } = photo;
  const { data } = await sharp(join(folder, "sheet.png"))
    .extract({ ...panelCorner(photo, index), width, height })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data;
}

function psnrOf(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  const squares = a.reduce((sum, x, i) => sum + (x - Number(b[i])) ** 2, 0);
  return 10 * Math.log10((255 ** 2 * a.length) / squares);
}

function printedPsnr(): number {
  return Number(/PSNR (\d+\.\d+) dB/.exec(output)?.[1]);
}

test("the demo prints the PSNR of scipy's DCT in double precision", async () => {
  const args = [photo.height, photo.width, KEEP].map(String);
  const reference = await runPython(projectPython, "support/dct_reference.py", args, photo.pixels);
  // A coefficient or a pixel may fall to the other side when rounded to single precision.
  assert.ok(Math.abs(printedPsnr() - Number(reference)) < 0.005, `${output}\n${reference}`);
});

for (const version of ["22", "24", "latest"]) {
  test(`the demo prints the same on Node ${version}`, async (t) => {
    const name = `node-${process.platform}-${process.arch}`;
    const fetched = await fetchPackages([`${name}@${version}`]);
    if ("missing" in fetched) return t.skip(fetched.missing);
    const node = join(fetched.folder, "node_modules", name, "bin", "node");
    const out = join(folder, `sheet-${version}.png`);
    const { stdout } = await demoOn(node, "--keep", String(KEEP), "--out", out);
    assert.equal(/PSNR (\d+\.\d+) dB/.exec(stdout)?.[1], printedPsnr().toFixed(4));
  });
}

test("the demo's pictures are the photograph, and one that has the PSNR it printed", async () => {
  const [shown, restored] = await Promise.all([panel(0), panel(1)]);
  assert.ok(Buffer.from(photo.pixels).equals(shown), "the first panel is not the photograph");
  assert.equal(psnrOf(shown, restored).toFixed(4), printedPsnr().toFixed(4));
});

test("the demo's third picture is the difference, enlarged around mid-grey", async () => {
  const [shown, restored, difference] = await Promise.all([panel(0), panel(1), panel(2)]);
  const expected = shown.map((x, i) => clamp(128 + 4 * (Number(restored[i]) - x)));
  assert.ok(Buffer.from(expected).equals(difference));
});

test("the demo's result equals that of the same module called in process in Python", () => {
  assert.match(output, /^ {2}Largest difference to the same calls in Python, in process: 0$/m);
});

test("the demo prints a line with a time for every stage, and whose photograph it is", () => {
  const stages =
    "decode,open,transfer in,blocks,DCT,keep largest,inverse DCT,photograph,transfer out,PNG";
  for (const stage of stages.split(",")) {
    assert.match(output, new RegExp(`^ {2}${stage} +\\d+\\.\\d ms`, "m"));
  }
  assert.match(output, /James S\. Davis .*public domain/);
});

test("the demo accepts a photograph whose sides are not multiples of 8, and keeps all coefficients on request", async () => {
  const image = join(folder, "small.png");
  const raw = { width: 13, height: 21, channels: 3 } as const;
  const pixels = Uint8Array.from({ length: 13 * 21 * 3 }, (_, i) => (i * i * 7) % 256);
  await sharp(pixels, { raw }).png().toFile(image);
  const args = ["--image", image, "--keep", "64", "--backend", "c"];
  const { stdout } = await demo(...args, "--out", join(folder, "small-sheet.png"));
  assert.match(stdout, /PSNR Infinity dB/);
  assert.match(stdout, /in process: 0$/m);
});

test("the demo refuses to keep more coefficients than a block has", async () => {
  await assert.rejects(demo("--keep", "65"), /expected a whole number from 0 to 64/);
});

function clamp(x: number): number {
  return Math.min(255, Math.max(0, x));
}
