import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isBinaryData, readBinaryData, writeBinaryData } from "../../ts/data/binary.ts";
import { jsonOf } from "../../ts/data/json.ts";
import { parseLiterals } from "../../ts/data/literal.ts";
import { readTextData, textOf } from "../../ts/data/text.ts";
import { arrayOf } from "../../ts/data/typed-literal.ts";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import { nd } from "../../ts/nd-array/nd.ts";
import type { NdArray } from "../../ts/nd-array/nd-array.ts";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { runBytes } from "../support/run-bytes.ts";

const work = mkdtempSync(join(tmpdir(), "data-format-"));
after(() => rmSync(work, { recursive: true }));

const futhark = findCompiler()?.path as string;
const NAMES = Object.keys(ELEMTYPES) as Elemtype[];

function dataset(...args: string[]): Promise<Buffer> {
  return runBytes(futhark, ["dataset", "--seed", "7", ...args]);
}

/** Whether Futhark finds the same values in both files. */
async function sameForFuthark(a: string | Uint8Array, b: string | Uint8Array): Promise<void> {
  const [left, right] = [join(work, "left"), join(work, "right")];
  writeFileSync(left, a);
  writeFileSync(right, b);
  try {
    await run(futhark, ["datacmp", left, right]);
  } catch (error) {
    if (error instanceof CommandError) throw new Error(error.output, { cause: error });
    throw error;
  }
}

function same(a: readonly NdArray[], b: readonly NdArray[]): void {
  const facts = (arrays: readonly NdArray[]) =>
    arrays.map(({ elemtype, shape, data }) => ({ elemtype, shape, data }));
  assert.deepEqual(facts(a), facts(b));
}

const SHAPES = ["", "[3]", "[2][3]", "[2][3][4]", "[0]", "[2][0]", "[100]"];

for (const elemtype of NAMES) {
  test(`${elemtype}: Futhark and this package read and write the same text and binary data`, async () => {
    const types = SHAPES.flatMap((shape) => ["-g", `${shape}${elemtype}`]);
    const [binary, text] = await Promise.all([dataset("-b", ...types), dataset(...types)]);
    assert.ok(isBinaryData(binary));
    assert.ok(!isBinaryData(text));
    const values = readBinaryData(binary, "file");
    const shapes = SHAPES.map((shape) => (shape.match(/\d+/g) ?? []).map(Number));
    assert.deepEqual(
      values.map((value) => value.shape),
      shapes,
    );
    same(readTextData(text.toString(), "file"), values);
    assert.deepEqual(Buffer.from(writeBinaryData(values)), binary);
    assert.equal(`${values.map(textOf).join("\n")}\n`, text.toString());
  });
}

test("floats of every size are printed as Futhark prints them", async () => {
  for (const elemtype of ["f32", "f64"] as const) {
    for (const bounds of ["1e-30:1e-20", "1e6:1.1e7", "0.05:0.2", "-1e20:-1e19", "0:1e-40"]) {
      const args = [`--${elemtype}-bounds=${bounds}`, "-g", `[50]${elemtype}`];
      const [binary, text] = await Promise.all([dataset("-b", ...args), dataset(...args)]);
      const [value] = readBinaryData(binary, "file") as [NdArray];
      assert.equal(`${textOf(value)}\n`, text.toString());
    }
  }
});

test("Futhark reads the extreme numbers that we write", async () => {
  const values: NdArray[] = [
    nd(new Float32Array([-0, 3.4028234663852886e38, 1e-45, Infinity, -Infinity, 0.1, 16777216])),
    nd(new Float64Array([-0, Number.MAX_VALUE, 5e-324, -Infinity, 0.1, 2 ** 53, 1e22, 1e21])),
    nd(new Uint16Array([0x7bff, 0x0001, 0x8000, 0x7c00, 0x3c01]), [5], "f16"),
    nd(new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n])),
    nd(new BigUint64Array([2n ** 64n - 1n])),
    nd(new Int8Array([-128, 127])),
    nd(new Uint8Array([1, 0]), [1, 2], "bool"),
    nd(new Int32Array(0), [3, 0]),
  ];
  const text = values.map(textOf).join("\n");
  await sameForFuthark(text, writeBinaryData(values));
  same(readTextData(text, "text"), values);
  same(readBinaryData(writeBinaryData(values), "binary"), values);
});

test("NaN is written and read in Futhark's spelling", () => {
  const values = [nd(new Float32Array([Number.NaN])), nd(new Uint16Array([0x7e00]), [1], "f16")];
  assert.deepEqual(values.map(textOf), ["[f32.nan]", "[f16.nan]"]);
  same(readTextData("[f32.nan] [f16.nan]", "text"), values);
});

test("text has comments, underscores, hexadecimal and binary numbers, and strings", async () => {
  const text =
    '-- two\n 0x1F 0b101u8 -1_000i64 +2i8 "abc" [1.5, 2.0] 1e3f32 [1,] 0x1f32 -- the end';
  const values = readTextData(text, "text");
  assert.deepEqual(
    values.map(({ elemtype }) => elemtype),
    ["i32", "u8", "i64", "i8", "u8", "f64", "f32", "i32", "i32"],
  );
  const expected = [31, 5, -1000n, 2, [97, 98, 99], [1.5, 2], 1000, [1], 0x1f32];
  assert.deepEqual(
    values.map((value) => value.toNested()),
    expected,
  );
  await sameForFuthark(text, writeBinaryData(values));
});

test("a sliced, transposed array is written in its own order", () => {
  const array = nd(new Int32Array([0, 1, 2, 3, 4, 5]), [2, 3]).transpose();
  assert.equal(textOf(array), "[[0i32, 3i32],\n[1i32, 4i32],\n[2i32, 5i32]]");
  const [back] = readBinaryData(writeBinaryData([array]), "file") as [NdArray];
  assert.deepEqual(back.toNested(), [
    [0, 3],
    [1, 4],
    [2, 5],
  ]);
});

test("text that is not data is an error with the position", () => {
  const wrong: [string, RegExp][] = [
    ["[1, 2", /file: expected , or \] at line 1, column 6, got the end/],
    ["1\n[2 3]", /line 2, column 4, got "3\]"/],
    ["nan", /expected a value at line 1, column 1, got "nan"/],
    ["1.", /expected a value/],
    ["[1, 2i64]", /value 1\[1\]: expected i32, got 2i64/],
    ["[1, true]", /expected/],
    ["300i8", /300/],
    ["-1u8", /-1/],
    ["[[1],[2,3]]", /expected 1 elements/],
    ["[]", /write empty\(\[0\]i32\)/],
    ["empty([3]i32)", /is not an empty array/],
    ["empty([0]c64)", /is not an empty array/],
    ['"abc', /expected a string/],
    ['{"a": 1}', /expected numbers or booleans/],
    ["12abc", /expected a value/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => readTextData(text, "file"), { code: "bad-argument", message }, text);
  }
});

test("binary data that is truncated anywhere, or of another format, is refused", () => {
  const good = writeBinaryData([nd(new Float32Array(6), [2, 3])]);
  for (let length = 1; length < good.length; length++) {
    assert.throws(() => readBinaryData(good.subarray(0, length), "file"), { code: "bad-argument" });
  }
  const changed = (at: number, byte: number) => {
    const bytes = Uint8Array.from(good);
    bytes[at] = byte;
    return bytes;
  };
  assert.throws(() => readBinaryData(changed(1, 3), "file"), /version 2/);
  assert.throws(() => readBinaryData(changed(4, 0x67), "file"), /expected an elemtype, got "g32"/);
  assert.throws(() => readBinaryData(changed(14, 0xff), "file"), /too large/);
  assert.throws(() => readBinaryData(changed(7, 200), "file"), /expected 2400 bytes/);
  const bool = writeBinaryData([nd(new Uint8Array([1]), [1], "bool")]);
  bool[bool.length - 1] = 2;
  assert.throws(() => readBinaryData(bool, "file"), /0 and 1 for bool/);
});

test("JSON keeps all digits, and writes values that JSON lacks", () => {
  const value = { a: [2n ** 63n, NaN, -Infinity, -0, true], b: nd(new Uint8Array([1, 2]), [1, 2]) };
  const text = '{"a": [9223372036854775808, "NaN", "-Infinity", -0.0, true], "b": [[1, 2]]}';
  assert.equal(jsonOf(value), text);
  const [literal] = parseLiterals('["NaN", -0.0, "-Infinity", 1]', "arg");
  assert.ok(literal !== undefined);
  assert.deepEqual(arrayOf(literal, "f32", 1, "arg").toNested(), [NaN, -0, -Infinity, 1]);
});
