import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type FutharkErrorCode, type OpenOptions, open, openSync } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";
import { runPython } from "../support/python.ts";

const errors = programPath("errors");
let folder: string;
/** The built module of `errors.fut`, and its manifest. */
let built: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "bad-open-"));
  built = (
    await runPython(`import sys; sys.path.insert(0, "py")
from pathlib import Path
from futhark_bridge.setup.build import build
print(build(Path(${JSON.stringify(errors)}), "c"))`)
  ).trim();
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with a copy of the module, and another manifest beside it or none. */
function copyWith(name: string, manifest: string | undefined): string {
  const place = join(folder, name);
  mkdirSync(place);
  cpSync(built, join(place, basename(built)));
  if (manifest !== undefined) writeFileSync(join(place, "errors.json"), manifest);
  return join(place, "errors");
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

type Case = [
  what: string,
  module: () => unknown,
  options: unknown,
  message: RegExp,
  code: FutharkErrorCode,
];
const module = () => errors;
const c = { backend: "c" } as const;
const absent = "/nonexistent/module";

const cases: Case[] = [
  [
    "no name",
    () => undefined,
    {},
    /^open(Sync)?: expected the name or path of a module, got undefined$/,
    "bad-argument",
  ],
  [
    "an empty name",
    () => "",
    {},
    /^open(Sync)?: expected the name or path of a module, got ''$/,
    "bad-argument",
  ],
  [
    "a number",
    () => 7,
    {},
    /^open(Sync)?: expected the name or path .*, got the number 7$/,
    "bad-argument",
  ],
  [
    "an unknown option",
    module,
    { threads: 2 },
    /^open: unknown option threads; known are python, .*numThreads/,
    "bad-argument",
  ],
  [
    "an option that objects have",
    module,
    { toString: 1 },
    /^open: unknown option toString/,
    "bad-argument",
  ],
  [
    "options that are none",
    module,
    null,
    /^open: expected an object of options, got null$/,
    "bad-argument",
  ],
  [
    "an option of another type",
    module,
    { numThreads: "2" },
    /^open: expected option numThreads to be an integer of 0 or more, got 2$/,
    "bad-argument",
  ],
  [
    "a fraction of a thread",
    module,
    { numThreads: 1.5 },
    /^open: expected option numThreads to be an integer/,
    "bad-argument",
  ],
  [
    "no threads",
    module,
    { numThreads: 0, backend: "multicore" },
    /num_?[tT]hreads: expected a whole number from 1/,
    "bad-argument",
  ],
  [
    "null for an option",
    module,
    { backend: null },
    /^open: expected option backend to be a string, got null$/,
    "bad-argument",
  ],
  [
    "an unknown back end",
    module,
    { backend: "fortran" },
    /expected a back end of c, multicore.*, got fortran/,
    "build",
  ],
  [
    "a device where there are none",
    module,
    { ...c, device: "gpu" },
    /^device: the c back end has no devices$/,
    "bad-argument",
  ],
  [
    "an unknown tuning parameter",
    module,
    { ...c, tuning: { "main.tile": 16 } },
    /^tuning: this program has no parameter main.tile/,
    "bad-argument",
  ],
  [
    "a fraction for a tuning parameter",
    module,
    { ...c, tuning: { x: 1.5 } },
    /^tuning parameter x: expected a whole number from 0 to 2\^63 - 1, got 1.5$/,
    "bad-argument",
  ],
  [
    "a tuning file that is not there",
    module,
    { ...c, tuning: absent },
    /^tuning file .*: .*No such file/,
    "bad-argument",
  ],
  [
    "a tuning file that is none",
    module,
    () => ({ ...c, tuning: file("t.tuning", "a=1\nb\n") }),
    /^tuning file .*, line 2: expected NAME=INTEGER, got b$/,
    "bad-argument",
  ],
  [
    "a folder that is not there",
    module,
    { ...c, cwd: absent },
    /^open: expected option cwd to be a folder, got \/nonexistent\/module$/,
    "bad-argument",
  ],
  [
    "a Python that is not there",
    module,
    { python: "/nonexistent/python" },
    /^cannot start Python \/nonexistent\/python.*futhark-bridge setup/,
    "build",
  ],
  [
    "a module that is not there",
    () => absent,
    {},
    /^no module \/nonexistent\/module; tried \/nonexistent\/_module\.\S+so/,
    "build",
  ],
  [
    "an import name that is not there",
    () => "no_such_module_of_mine",
    {},
    /^no module no_such_module_of_mine; tried .*import no_such_module_of_mine/,
    "build",
  ],
  [
    "a program that is not there",
    () => "/nonexistent/p.fut",
    {},
    /^no program: \/nonexistent\/p\.fut is not a file$/,
    "build",
  ],
  [
    "an extension that is not there",
    () => "/nonexistent/_p.so",
    {},
    /^no module: \/nonexistent\/_p\.so is not a file$/,
    "build",
  ],
  [
    "a manifest without its module",
    () => file("alone.json", "{}"),
    {},
    /^manifest .*alone\.json has no module; tried /,
    "build",
  ],
  [
    "an extension that is text",
    () => file("_text.so", "hello"),
    {},
    /^cannot load .*_text\.so: /,
    "build",
  ],
  [
    "a Python module that is no program",
    () => "json",
    {},
    /json.*is not a CFFI module of a Futhark program$/,
    "build",
  ],
  [
    "a module that is built in",
    () => "sys",
    {},
    /sys.*is not a CFFI module of a Futhark program$/,
    "build",
  ],
  [
    "a module of ours without its manifest",
    () => copyWith("bare", undefined),
    {},
    /_errors.* was built with a manifest, and there is no errors\.json beside it: copy it there too, or build the program again$/,
    "build",
  ],
  [
    "a manifest that is no JSON",
    () => copyWith("broken", "{"),
    {},
    /^cannot read the manifest .*errors\.json: /,
    "build",
  ],
  [
    "a manifest that is another's",
    () => copyWith("other", '{"a": 1}'),
    {},
    /errors\.json is not a Futhark manifest$/,
    "build",
  ],
  [
    "a manifest with a hole",
    () =>
      copyWith("hole", '{"backend": "c", "version": "x", "entry_points": {"f": {}}, "types": {}}'),
    {},
    /manifest/,
    "build",
  ],
  [
    "a program that does not parse",
    () => file("parse.fut", "entry f (x: i32) : i32 =\n  x +"),
    c,
    /parse\.fut.*2:|2:\d+/s,
    "build",
  ],
  [
    "a program that does not type",
    () => file("type.fut", "entry f (x: i32) : f32 =\n  x"),
    c,
    /type\.fut:2:3/,
    "build",
  ],
  [
    "a program whose constant fails",
    () => programPath("bad_constant"),
    c,
    /Index \[3\] out of bounds for array of shape \[3\]/,
    "program-error",
  ],
  ["a time that is too short", module, { ...c, startTimeoutMs: 1 }, /startTimeoutMs/, "timeout"],
];

for (const [what, name, given, message, code] of cases) {
  const options = () => (typeof given === "function" ? given() : given) as OpenOptions;
  const check = (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.stack);
    assert.match(error.message, message);
    return true;
  };
  test(`open: ${what} is refused`, async () => {
    const path = name();
    await assert.rejects(open(path as string, options()), check);
    assert.throws(() => openSync(path as string, options()), check);
  });
}

test("the error of a Python that exits at once has its stderr", async () => {
  const script = file("python.sh", "#!/bin/sh\necho no luck >&2\nexit 3\n");
  const { chmodSync } = await import("node:fs");
  chmodSync(script, 0o700);
  await assert.rejects(open(errors, { python: script }), {
    name: "WorkerExitError",
    exitCode: 3,
    signal: null,
    stderr: /no luck/,
    message:
      /^the worker exited with status 3 during program loading; its stderr ends with:\nno luck$/,
  });
  assert.throws(() => openSync(errors, { python: script }), {
    name: "WorkerExitError",
    exitCode: 3,
    signal: null,
  });
});

test("an opening that is aborted, before or meanwhile, says so", async () => {
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  await assert.rejects(open(errors, { signal: aborted }), { code: "aborted", cause: reason });
  const controller = new AbortController();
  const opening = open(errors, { ...c, signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(opening, { code: "aborted", cause: reason });
});

test("a start limit longer than any timer is no limit", async () => {
  const fut = await open(errors, { ...c, startTimeoutMs: 2 ** 40 });
  assert.equal(await fut.entry.positive(1), 1);
  await fut.close();
});

test("a module is found by its name, its stem, its file and its manifest, from any folder", async () => {
  const place = dirname(built);
  const suffix = basename(built);
  for (const [name, cwd] of [
    [built, undefined],
    [join(place, "errors"), undefined],
    [join(place, "_errors"), undefined],
    [join(place, "errors.json"), undefined],
    ["errors", place],
    ["_errors", place],
    [`./${suffix}`, place],
  ] as const) {
    await using fut = await open(name, cwd === undefined ? {} : { cwd });
    assert.equal(await fut.entry.positive(3), 3, name);
  }
});

test("a path given to the open of bindings is named in the error", async () => {
  // As the open of bindings takes its options apart.
  const options = { ...("other.fut" as unknown as OpenOptions) };
  await assert.rejects(open(built, options), {
    code: "bad-argument",
    message:
      /^open: expected an object of options, got .*other\.fut.*: bindings open their own program/,
  });
});
