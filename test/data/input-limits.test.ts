import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { SpecScanner } from "../../ts/cli/spec-scanner.ts";
import { readCsv } from "../../ts/data/csv.ts";
import { parseLiterals } from "../../ts/data/literal.ts";
import { readFileValues, readValues } from "../../ts/data/read.ts";
import { readTextData } from "../../ts/data/text.ts";
import { writeZip } from "../../ts/data/zip.ts";
import { nd } from "../../ts/nd-array/nd.ts";
import { fromNpy, toNpy } from "../../ts/nd-array/npy.ts";

/** The error for a text: one of this package, not of the engine's stack. */
function refused(text: string, message: RegExp): void {
  assert.throws(() => readTextData(text, "file"), { code: "bad-argument", message });
}

test("text nested deeper than 256 levels is refused, for any kind of value", () => {
  const deep = (open: string, close: string, levels: number) =>
    open.repeat(levels) + 1 + close.repeat(levels);
  assert.equal(parseLiterals(deep("[", "]", 256), "file").length, 1);
  for (const levels of [257, 3000, 1_000_000]) {
    refused(deep("[", "]", levels), /at most 256 levels at line 1, column 258/);
    refused(deep('{"a": ', "}", levels), /at most 256 levels/);
  }
});

test("a string, white space and comments of 8 MB are read", () => {
  const length = 8_000_000;
  const [plain] = readTextData(`"${"x".repeat(length)}"`, "file");
  assert.equal(plain?.size, length);
  const [escaped] = readTextData(`"${'\\"'.repeat(length / 2)}"`, "file");
  assert.equal(escaped?.size, length / 2);
  assert.deepEqual(escaped?.data, new Uint8Array(length / 2).fill(0x22));
  refused(`"${"x".repeat(length)}`, /expected a string at line 1, column 1/);
  refused(`"${"\\".repeat(length + 1)}`, /expected a string at line 1, column 1/);
  const space = `${" ".repeat(length)}${"\n".repeat(length)}${"-- x\n".repeat(length / 5)}7`;
  assert.equal(readTextData(space, "file")[0]?.get(), 7);
});

test("quoted cells of 20 MB are read, and a quotation mark that is not closed is an error", () => {
  const name = "x".repeat(20_000_000);
  assert.ok(readCsv(`"${name}"\n7\n`, "file").has(name));
  assert.deepEqual(
    [...readCsv('"","a ""b"",\n","""",c\r\n"1",2,3,4', "file")],
    [
      ["", ["1"]],
      ['a "b",', ["2"]],
      ['"', ["3"]],
      ["c", ["4"]],
    ],
  );
  const message = /row 1: a quotation mark within a cell, or not closed/;
  for (const text of [`"a\n${name}\n`, '"a"b\n', 'a"b"\n', '"a""\n']) {
    assert.throws(() => readCsv(text, "file"), { code: "bad-argument", message });
  }
});

test("a block of 20 MB in braces is read, with strings in it", () => {
  const inside = ` "${"x".repeat(10_000_000)}" ${"1 ".repeat(5_000_000)}"}" "\\"}" `;
  const scan = new SpecScanner(`{${inside}} {"}`, "a.fut");
  assert.ok(scan.braces() === inside.trimStart());
  assert.throws(() => scan.braces(), {
    code: "bad-argument",
    message: /a.fut:1:\d+: expected "}"/,
  });
});

test("a number of more than 4096 characters is refused before it is read", () => {
  assert.equal(readTextData("0".repeat(4096), "file")[0]?.get(), 0);
  refused("9".repeat(4097), /a number of at most 4096 characters at line 1, column 1/);
  refused("1".repeat(10_000_000), /a number of at most 4096 characters/);
});

test("numbers beyond those of f64 are refused, and do not become infinite", () => {
  for (const text of ["1e400", "-1e400f64", "[1.5, 1e400]"]) {
    refused(text, /expected a number of f64, got -?1e400/);
  }
  assert.equal(readTextData("-f64.inf", "file")[0]?.get(), Number.NEGATIVE_INFINITY);
});

test("rows that are shorter than the first are refused before there is room for them", () => {
  const row = Array.from({ length: 30_000 }, () => "0").join(",");
  const text = `[[[${row}]${",[]".repeat(30_000)}]${",[]".repeat(30_000)}]`;
  refused(text, /value 1\[0\]\[1\]: expected 30000 elements, as in the previous arrays, got 0/);
});

test("an empty array's shape has sizes that are exact, and a rank of at most 64", () => {
  assert.deepEqual(readTextData("empty([0][3]i32)", "file")[0]?.shape, [0, 3]);
  for (const shape of [
    "[0][99999999999999999999]",
    "[0]".repeat(65),
    "[0]".repeat(1e6),
    "[0]0",
    "[]",
  ]) {
    refused(`empty(${shape}i32)`, /not an empty array/);
  }
});

/** A `.npy` file of version 2 with such a header before its elements. */
function npy(header: string, body: Uint8Array = new Uint8Array(8)): Uint8Array {
  const head = Buffer.alloc(12);
  head.write("\x93NUMPY\x02\x00", "latin1");
  head.writeUInt32LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header, "latin1"), body]);
}

test("a .npy header is Python's dictionary of three fields, each once, and nothing else", () => {
  const fields = ["'descr': '<f8'", "'fortran_order': False", "'shape': (1,)"];
  assert.deepEqual(fromNpy(npy(`{${fields.toReversed().join(", ")}}`)).shape, [1]);
  const wrong = [
    `{'descr': '<i8', ${fields.join(", ")}}`, // Python takes the last
    `{${fields.join(", ")}, 'more': 1}`,
    `{${fields.join(", ")}} + {}`,
    `{'x': "${fields.join(", ")}"}`,
    `{${fields.slice(0, 2).join(", ")}, 'shape': (1)}`,
    `{${fields.slice(0, 2).join(", ")}, 'shape': (-1, -1)}`,
    `{${fields.slice(0, 2).join(", ")}, 'shape': (01,)}`,
    `{${fields.slice(1).join(", ")}, 'descr': '|O'}`,
    `{${fields.slice(1).join(", ")}, 'descr': [('a', '<f8')]}`,
    `{${fields.slice(0, 2).join(", ")}, 'shape': (99999999999999999999,)}`,
    `{${fields.slice(0, 2).join(", ")}, 'shape': (${"0,".repeat(65)})}`,
    `{${fields.slice(0, 2).join(", ")}, 'shape': (${"9007199254740991,".repeat(60)})}`,
    `{${fields.slice(0, 2).join(", ")}, 'shape': (${"1,".repeat(1_000_000)})}`,
    " ".repeat(1_000_000),
  ];
  for (const header of wrong) {
    assert.throws(() => fromNpy(npy(header)), { code: "bad-argument" }, header.slice(0, 100));
  }
  assert.deepEqual(fromNpy(toNpy(nd(new Float64Array(1)))).data, new Float64Array(1));
});

/** Method of compression in zip archives. */
const DEFLATED = 8;
const TOO_LONG = { code: "bad-argument", message: /^file.*: expected at most 1073741824 bytes/ };

test("a small file that unpacks to more than 1 GiB is refused", () => {
  // Members of a gzip file follow one another.
  const part = gzipSync(Buffer.alloc(2 ** 24, " "));
  const bomb = Buffer.concat([...Array(64).fill(part), gzipSync("7")]);
  assert.throws(() => readValues(bomb, "file"), TOO_LONG);
  const [seven] = readValues(Buffer.concat([part, gzipSync("7")]), "file");
  assert.ok(seven?.kind === "literal");
});

test("an archive whose files unpack to more than 1 GiB is refused before they are unpacked", async () => {
  const archive = Buffer.from(
    writeZip(new Map(["a", "b", "c"].map((name) => [name, new Uint8Array(8)]))),
  );
  const directory = archive.readUInt32LE(archive.length - 6);
  for (const [file, size] of [2 ** 29, 2 ** 29, 1].entries()) {
    const entry = directory + 47 * file;
    archive.writeUInt16LE(DEFLATED, entry + 10);
    archive.writeUInt32LE(size, entry + 24);
  }
  await assert.rejects(readFileValues(archive, "file"), TOO_LONG);
  archive.writeUInt32LE(0, directory + 24);
  await assert.rejects(readFileValues(archive, "file"), { message: /damaged or cut short/ });
});
