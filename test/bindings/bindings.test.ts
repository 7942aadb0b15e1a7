import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { readManifest, versionNumber } from "../../ts/bindings/manifest.ts";
import type { ProgramInfo } from "../../ts/bindings/program-info.ts";
import { pythonStub } from "../../ts/bindings/python.ts";
import { typescriptBindings } from "../../ts/bindings/typescript.ts";
import { variant } from "../../ts/index.ts";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { type CommandError, run } from "../../ts/setup/run-command.ts";
import { pythonTool } from "../runner/python-tools.ts";
import { runPython } from "../support/python.ts";
import { open, openSync } from "./old-form.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "bindings-"));
writeFileSync(join(work, "package.json"), '{ "type": "module" }');
after(() => rmSync(work, { recursive: true }));

/** Each manifest, the bindings that belong to it, and where they say that the program is. */
const CASES = [
  ["bindings/types-0.25.32.json", "old-form", "../programs/types.fut"],
  ["programs/types-0.27.1.json", "new-form", "../programs/types-0.27.1.json"],
  ["bindings/anonymous.json", "anonymous", "../programs/anonymous.fut"],
  ["bindings/odd-names.json", "odd-names", "odd-names.json"],
] as const;

function manifest(path: string): unknown {
  return JSON.parse(readFileSync(join(root, "test", path), "utf8"));
}

function byName(names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, manifest(name)]));
}

test("both languages read the same from a manifest", async () => {
  const script = `
import json, sys
from futhark_bridge.bindings.manifest import read_manifest
infos = {n: read_manifest(m).to_json() for n, m in json.load(sys.stdin).items()}
print(json.dumps(infos))
`;
  // In the last, records are called unique of which only a part is.
  const paths = [...CASES.map(([path]) => path), "bindings/uniqueness-0.25.32.json"];
  const path = JSON.stringify(join(root, "py"));
  const output = await runPython(
    `import sys; sys.path.insert(0, ${path})\n${script}`,
    JSON.stringify(byName(paths)),
  );
  const theirs = JSON.parse(output) as Record<string, ProgramInfo & { program?: string }>;
  for (const name of paths) {
    const { program, ...info } = theirs[name] as ProgramInfo & { program: string };
    assert.equal(program.length, 64);
    assert.deepEqual(readManifest(manifest(name)), info, name);
  }
});

test("the version is the number of the first line, as in Python", () => {
  const texts = ["0.25.32.\nCompiled with GHC 9.10.3.\n", "0.27.1", "0.26.0 (prerelease)\n", ""];
  assert.deepEqual(texts.map(versionNumber), ["0.25.32", "0.27.1", "0.26.0", null]);
});

test("an object that is not a manifest is a BuildError that says why", () => {
  const good = manifest("programs/types-0.27.1.json") as { types: object; entry_points: object };
  const entry = { cfun: "f", inputs: [{ name: "x", type: "gone" }], outputs: [] };
  const broken: [unknown, RegExp][] = [
    [null, /manifest is not an object/],
    [{}, /types is not an object/],
    [{ ...good, entry_points: { f: entry } }, /type gone is not described/],
    [
      { ...good, types: { ...good.types, "[]s": { opaque_array: { rank: 1, elemtype: "s" } } } },
      /type s is not described/,
    ],
    [{ ...good, entry_points: { f: { cfun: "f" } } }, /inputs is not a list/],
    [
      { ...good, types: { "[]f32": { kind: "array", elemtype: "f32" } } },
      /a rank from 1 to 64, got undefined/,
    ],
    [{ ...good, types: { "[]c64": { kind: "array", elemtype: "c64", rank: 1 } } }, /c64/],
    [{ ...good, backend: 1 }, /backend is not a string/],
  ];
  for (const [value, message] of broken) {
    assert.throws(() => readManifest(value), { code: "build", message });
  }
});

for (const [path, name, module] of CASES) {
  const golden = join(root, "test", "bindings", `${name}.ts`);

  test(`the bindings of ${path} are those in ${name}.ts`, () => {
    const text = typescriptBindings(readManifest(manifest(path)), module);
    assert.equal(text, readFileSync(golden, "utf8"));
  });

  test(`the bindings of ${path} do not depend on the order of the manifest`, () => {
    const text = typescriptBindings(readManifest(reversed(manifest(path))), module);
    assert.equal(text, readFileSync(golden, "utf8"));
  });
}

for (const [path, name] of CASES) {
  const golden = join(root, "test", "bindings", `${name.replace("-", "_")}.pyi`);
  test(`the Python stub of ${path} is that in ${name}, in any order of the manifest`, () => {
    const text = readFileSync(golden, "utf8");
    assert.equal(pythonStub(readManifest(manifest(path))), text);
    assert.equal(pythonStub(readManifest(reversed(manifest(path)))), text);
  });
}

/** The same JSON with the keys of its first two levels backwards: deeper ones are not sorted. */
function reversed(value: unknown, depth = 2): unknown {
  if (depth === 0) return value;
  const pairs = Object.entries(value as object).reverse();
  return Object.fromEntries(
    pairs.map(([key, item]) => [key, typeof item === "object" ? reversed(item, depth - 1) : item]),
  );
}

/** Returns the compiler's diagnostics for files of this checkout, with every check enabled. */
function diagnostics(files: readonly string[]): string[] {
  const program = ts.createProgram(files, {
    ...{ target: ts.ScriptTarget.ES2022, lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"] },
    ...{
      module: ts.ModuleKind.NodeNext,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    },
    paths: { "futhark-bridge": [join(root, "ts/index.ts")] },
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
    ...{ declaration: true, isolatedDeclarations: true, noEmit: true, skipLibCheck: true },
    ...{ allowImportingTsExtensions: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true },
    ...{ noUnusedLocals: true, noUnusedParameters: true, noImplicitOverride: true },
  });
  const found = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return [
      ...program.getSemanticDiagnostics(source),
      ...program.getSyntacticDiagnostics(source),
      ...program.getDeclarationDiagnostics(source),
    ];
  });
  return [...program.getOptionsDiagnostics(), ...found].map(({ messageText, file, start }) => {
    const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
    return `${file?.fileName}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

test("bindings of the program as the compiler here compiles it pass tsc, as do the kept ones", async () => {
  const compiler = findCompiler()?.path as string;
  const fresh = await Promise.all(
    ["types", "identity", "anonymous"].map(async (name) => {
      const source = join(root, "test/programs", `${name}.fut`);
      await run(compiler, ["c", "--library", "-o", join(work, name), source]);
      const info = readManifest(JSON.parse(readFileSync(join(work, `${name}.json`), "utf8")));
      const file = join(work, `${name}.ts`);
      writeFileSync(file, typescriptBindings(info, `${name}.json`));
      return file;
    }),
  );
  const kept = CASES.map(([, name]) => join(root, "test/bindings", `${name}.ts`));
  assert.deepEqual(diagnostics([...kept, ...fresh]), []);
});

test("right uses of bindings compile, and each wrong use is an error", () => {
  const files = ["right-uses.ts", "wrong-uses.ts"].map((name) => join(root, "test/bindings", name));
  assert.deepEqual(diagnostics(files), []);
});

test("a use that is not wrong is found in the list of wrong ones", () => {
  const text = readFileSync(join(root, "test/bindings/wrong-uses.ts"), "utf8");
  const file = join(work, "right-by-mistake.ts");
  const elsewhere = text.replaceAll('"./', `"${join(root, "test/bindings")}/`);
  writeFileSync(file, elsewhere.replace('await fut.entry.types("1")', "await fut.entry.types(1)"));
  const found = diagnostics([file]);
  assert.equal(found.length, 1);
  assert.match(String(found[0]), /Unused '@ts-expect-error' directive/);
});

test("generated bindings pass biome", async () => {
  const files = CASES.map(([, name]) => `test/bindings/${name}.ts`);
  await run(join(root, "node_modules/.bin/biome"), ["ci", ...files], { cwd: root });
});

test("right uses of Python stubs pass mypy, and each wrong use is an error", async () => {
  const files = ["bindings/stub_uses.py"].map((name) => join(root, "test", name));
  const cache = `--cache-dir=${join(work, "mypy")}`;
  await run(pythonTool("mypy"), ["--strict", cache, ...files], { cwd: root });
  const wrong = join(work, "stub_uses.py");
  const text = readFileSync(files[0] as string, "utf8");
  writeFileSync(wrong, text.replace('entry.types("1")', "entry.types(1)"));
  const env = { ...process.env, MYPYPATH: join(root, "test/bindings") };
  const failure = run(pythonTool("mypy"), ["--strict", cache, wrong], { cwd: root, env });
  await assert.rejects(failure, ({ output }: CommandError) =>
    /Unused "type: ignore" comment[\s\S]*Found 1 error/.test(output),
  );
});

test("a program opened by its bindings returns the declared types", async () => {
  await using fut = await open({ backend: "c" });
  const place = await fut.entry.middle({ lat: 1, lon: 2 }, fut.types.place.new({ lat: 3, lon: 8 }));
  assert.deepEqual(await place.toObject(), { lat: 2, lon: 5 });
  assert.equal(await place.project("lon"), 5);
  assert.equal(await fut.entry.area(variant("box", { h: 2, w: 3 })), 6);
  const figure = await fut.entry.same_figure(variant("path", 1, 2n, true));
  assert.deepEqual(await figure.destruct("path"), [1n, 2n, true]);
  const pending = await fut.entry.north(fut.types["[]place"].zip({ lat: [1, 7], lon: [0, 0] }));
  assert.equal(pending, 7);
  const trip = await (await fut.entry.trip(2)).toObject();
  assert.deepEqual([...trip.name.data], [104, 105]);
  assert.deepEqual(trip.best, { variant: "box", payload: [{ h: 3, w: 2 }] });
});

test("a program opened by its bindings for blocking calls returns the same", () => {
  using fut = openSync({ backend: "c" });
  const place = fut.entry.middle({ lat: 1, lon: 2 }, fut.types.place.new({ lat: 3, lon: 8 }));
  assert.equal(fut.entry.middle(place, place).project("lat"), 2);
  assert.deepEqual([...fut.entry.overwrite(fut.entry.fresh(3), 7).values()], [7, 1, 2]);
});
