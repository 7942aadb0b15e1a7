import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import sharp from "sharp";
import { writeZip } from "../../ts/data/zip.ts";
import {
  ArgumentError,
  fromFutharkData,
  fromImage,
  fromNested,
  fromNpz,
  nd,
  toFutharkData,
  toFutharkText,
  toImage,
  toNpy,
  toNpz,
} from "../../ts/index.ts";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { run } from "../../ts/setup/run-command.ts";
import { runPython } from "../support/python.ts";

const work = mkdtempSync(join(tmpdir(), "data-files-"));
after(() => rmSync(work, { recursive: true }));

const grid = fromNested(
  [
    [1.5, Number.NaN],
    [-0, Number.POSITIVE_INFINITY],
  ],
  "f32",
);
const flags = nd(Uint8Array.of(1, 0, 1), [3], "bool");

test("Futhark's data files are read and written as the compiler does", async () => {
  const futhark = findCompiler()?.path as string;
  const [binary, text] = [join(work, "a.data"), join(work, "a.in")];
  writeFileSync(binary, toFutharkData(grid, flags));
  writeFileSync(text, toFutharkText(grid, flags));
  assert.equal(await run(futhark, ["datacmp", binary, text]), "");
  for (const values of [
    fromFutharkData(readFileSync(binary)),
    fromFutharkData(readFileSync(text)),
  ]) {
    assert.deepEqual(
      values.map(({ elemtype, shape }) => [elemtype, shape]),
      [
        ["f32", [2, 2]],
        ["bool", [3]],
      ],
    );
    assert.deepEqual(values[0]?.toNested(), grid.toNested());
  }
  assert.deepEqual(fromFutharkData("1 [2.5, 3]").map(String), ["1", "[2.5 3. ]"]);
  assert.throws(() => fromFutharkData("(1, 2)"), ArgumentError);
  assert.throws(() => fromFutharkData(Uint8Array.of(255, 254)), /neither text nor/);
});

test("npz files are those of numpy, both ways", async () => {
  const path = JSON.stringify(work);
  await runPython(`
import numpy as np
a = np.arange(6, dtype=np.int64).reshape(2, 3)
np.savez(${path} + "/plain.npz", a, name=np.float64(0.5))
np.savez_compressed(${path} + "/packed.npz", zeros=np.zeros((300, 300), np.float32))`);
  const plain = fromNpz(readFileSync(join(work, "plain.npz")));
  assert.deepEqual(Object.keys(plain).sort(), ["arr_0", "name"]);
  assert.deepEqual(plain.arr_0?.toNested(), [
    [0n, 1n, 2n],
    [3n, 4n, 5n],
  ]);
  assert.equal(plain.name?.get(), 0.5);
  const { zeros } = fromNpz(readFileSync(join(work, "packed.npz")));
  assert.deepEqual(zeros?.shape, [300, 300]);
  writeFileSync(join(work, "ours.npz"), toNpz({ grid, "naïve name": flags }));
  const read = await runPython(`
import numpy as np, zipfile
assert zipfile.ZipFile(${path} + "/ours.npz").testzip() is None
file = np.load(${path} + "/ours.npz")
print(file.files, file["grid"].dtype, file["grid"].tolist(), file["naïve name"].tolist())`);
  const lists = "[[1.5, nan], [-0.0, inf]] [True, False, True]";
  assert.equal(read, `['grid', 'naïve name'] float32 ${lists}\n`);
});

test("two arrays of one name in an npz file are an error", () => {
  const array = toNpy(grid);
  const twice = writeZip(
    new Map([
      ["a.npy", array],
      ["a", array],
    ]),
  );
  assert.throws(() => fromNpz(twice), { code: "bad-argument", message: /two arrays are named a/ });
});

test("a damaged npz file is an error, whichever byte it is", () => {
  const bytes = toNpz({ xs: nd(Int32Array.of(1, 2, 3)) });
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => fromNpz(bytes.subarray(0, length)), ArgumentError, `${length} bytes`);
  }
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    try {
      const { xs, ...others } = fromNpz(damaged);
      if (xs !== undefined) assert.deepEqual(xs.toNested(), [1, 2, 3], `byte ${at}`);
      else assert.equal(Object.values(others).length < 2, true);
    } catch (error) {
      assert.ok(error instanceof ArgumentError, `byte ${at}: ${error}`);
    }
  }
});

test("images are u8 arrays, read and written by sharp", async () => {
  const rgb = nd(
    Uint8Array.from({ length: 24 }, (_, i) => i * 10),
    [2, 4, 3],
  );
  const png = await toImage(rgb, "png");
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [4, 2, 3]);
  assert.deepEqual(new Uint8Array(data), rgb.data);
  const back = await fromImage(png);
  assert.deepEqual([back.shape, back.toNested()], [[2, 4, 3], rgb.toNested()]);
  const grey = await fromImage(await toImage(rgb.slice(null, null, 0), "png"));
  assert.deepEqual([grey.shape[0], grey.shape[1]], [2, 4]);
  assert.equal(grey.get(1, 3, 0), rgb.get(1, 3, 0));
  const jpeg = await fromImage(await toImage(nd(new Uint8Array(64).fill(99), [8, 8]), "jpeg"));
  assert.ok(Math.abs(Number(jpeg.get(4, 4, 0)) - 99) <= 1);
  await assert.rejects(toImage(nd(new Float32Array(4), [2, 2]), "png"), /u8 of shape/);
  await assert.rejects(fromImage(Uint8Array.of(1, 2, 3)), /^ArgumentError: not an image/);
});
