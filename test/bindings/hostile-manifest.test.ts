import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readManifest } from "../../ts/bindings/manifest.ts";
import { pythonStub } from "../../ts/bindings/python.ts";
import { CHECK_STUBS, unexpectedStatements } from "../support/generated-code.ts";
import { runPython } from "../support/python.ts";

const LINE_ENDS = ["\n", "\r", "\r\n", "\u2028", "\u2029", "\v", "\f", "\x85", "\0"];
const ATTACKS = [
  ...LINE_ENDS.map((end) => `1${end}throw(1);${end}raise SystemExit(1)${end}`),
  ...["*/ throw(1); /*", '"; throw(1); "', "`; throw(1); `", `\${throw(1)}`, "\\", '\\"""', "\\\\"],
  ...[
    '"""\nraise SystemExit(1)\n"""',
    '"',
    '""',
    '"""',
    "'''\nraise\n'''",
    "</script>",
    "x: y): ...",
    "",
  ],
  ...[
    "__init__",
    "__proto__",
    "constructor",
    "007",
    "9".repeat(5000),
    "\ud800",
    "\u202e",
    "\u{e0001}",
  ],
];

/** A manifest that has `text` wherever a manifest may have any text. */
function hostile(text: string, version = text): object {
  const ops = { free: "f", new: "f", values: "f", shape: "f", index: "f" };
  const fields = [{ name: text, type: "i32", project: "f" }];
  const names = [`${text}rec`, `${text}sum`, `${text}arr`, `${text}opq`, `(${text}`];
  const [record, sum, array, opaque, tuple] = names as [string, string, string, string, string];
  const variants = [{ name: text, payload: ["i32"], construct: "f", destruct: "f" }];
  return {
    backend: text,
    version,
    types: {
      [record]: { kind: "opaque", ops, doc: text, record: { fields, new: "f" } },
      [sum]: { kind: "opaque", ops, doc: text, sum: { variants, variant: "f" } },
      [array]: {
        kind: "opaque",
        ops,
        doc: text,
        record_array: { elemtype: record, rank: 1, fields, zip: "f", index: "f", shape: "f" },
      },
      [opaque]: { kind: "opaque", ops, doc: text },
      [tuple]: { kind: "opaque", ops, record: { fields, new: "f" } },
    },
    entry_points: {
      [text]: {
        cfun: "f",
        doc: text,
        attributes: [text],
        inputs: names.map((type) => ({ name: text, type, unique: true })),
        outputs: names.map((type) => ({ type, unique: false })),
      },
    },
  };
}

test("no text of a manifest becomes code in TypeScript", () => {
  for (const text of ATTACKS) {
    const info = readManifest(JSON.parse(JSON.stringify(hostile(text))));
    assert.deepEqual(unexpectedStatements(info), [], JSON.stringify(text));
    // Like `info` of an open module, whichever language has read its manifest.
    assert.deepEqual(unexpectedStatements({ ...info, compilerVersion: text }), []);
  }
});

test("no text of a manifest becomes code in Python", async () => {
  const stubs = ATTACKS.flatMap((text) => {
    const info = readManifest(hostile(text));
    return [pythonStub(info), pythonStub({ ...info, compilerVersion: text })];
  });
  assert.deepEqual(JSON.parse(await runPython(CHECK_STUBS, JSON.stringify(stubs))), []);
});

test("a manifest's version ends at the first character that is not visible ASCII", () => {
  for (const end of LINE_ENDS) {
    assert.equal(readManifest(hostile("x", `0.25.32${end}oops`)).compilerVersion, "0.25.32");
  }
});

const array = (rank: unknown) => ({ kind: "array", elemtype: "i32", rank, ops: {} });
const record = (...types: string[]) => ({
  kind: "opaque",
  ops: {},
  record: { new: "f", fields: types.map((type, i) => ({ name: `f${i}`, type, project: "f" })) },
});
const doubling = Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => [`t${i}`, record(`t${i + 1}`, `t${i + 1}`)]),
);
const nested = Object.fromEntries(
  Array.from({ length: 200 }, (_, i) => [`t${i}`, record(`t${i + 1}`)]),
);

const WRONG: readonly (readonly [string, object, RegExp])[] = [
  ["a rank of 10^9", { a: array(1e9) }, /rank from 1 to 64/],
  ["a rank of 0", { a: array(0) }, /rank from 1 to 64/],
  ["a rank that is a text", { a: array("1") }, /rank from 1 to 64/],
  ["a type within itself", { a: record("b"), b: record("a") }, /contains itself/],
  ["a type of 2^40 parts", { ...doubling, t40: record() }, /more than 10000 parts/],
  ["a type 200 deep", { ...nested, t200: record() }, /nested more than 100 deep/],
  ["a scalar that is described", { i32: record() }, /scalar type i32/],
  [
    "a sum without variants",
    { s: { kind: "opaque", ops: {}, sum: { variant: "f", variants: [] } } },
    /no variants/,
  ],
];

test("types that no program can have are refused, in both languages", async () => {
  const manifests = WRONG.map(([, types]) => ({ backend: "c", types, entry_points: {} }));
  for (const [i, [what, , message]] of WRONG.entries()) {
    assert.throws(() => readManifest(manifests[i]), { code: "build", message }, what);
  }
  const path = fileURLToPath(new URL("../../py", import.meta.url));
  const code = `
import json, sys
sys.path.insert(0, ${JSON.stringify(path)})
from futhark_bridge.bindings.manifest import read_manifest
from futhark_bridge.errors import BuildError
for manifest in json.load(sys.stdin):
    try:
        print(read_manifest(manifest))
    except BuildError as error:
        print(str(error))
`;
  const said = (await runPython(code, JSON.stringify(manifests))).trim().split("\n");
  for (const [i, [what, , message]] of WRONG.entries()) assert.match(said[i] ?? "", message, what);
});

test("the command line shows control characters of a manifest as numbers", (t) => {
  const work = mkdtempSync(join(tmpdir(), "hostile-manifest-"));
  t.after(() => rmSync(work, { recursive: true }));
  const path = join(work, "program.json");
  writeFileSync(path, JSON.stringify(hostile("\x1b]0;title\x07\x1b[2J\x9b1m\r\u202e")));
  const main = fileURLToPath(new URL("../../ts/cli/main.ts", import.meta.url));
  for (const args of [
    ["info", path],
    ["info", join(work, "\x1b[2J.json")],
  ]) {
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", main, ...args], {
      encoding: "utf8",
    });
    assert.match(stdout + stderr, /\\u\{1b\}/);
    assert.doesNotMatch(stdout + stderr, /[^\P{C}\n]/u);
  }
});
