import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readManifest } from "../../ts/bindings/manifest.ts";
import { writeBinaryData } from "../../ts/data/binary.ts";
import { nd, open } from "../../ts/index.ts";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { ensureOpencl } from "../../ts/setup/opencl.ts";
import { Progress } from "../../ts/setup/progress.ts";
import { run } from "../../ts/setup/run-command.ts";
import { cliMain } from "../support/cli-main.ts";
import { until } from "../support/processes.ts";
import { runPython } from "../support/python.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "cli-"));
after(() => rmSync(work, { recursive: true }));

const TYPES = join(root, "test/programs/types.fut");
const IDENTITY = join(root, "test/programs/identity.fut");

interface Ended {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

interface CliOptions {
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs the command in the folder of this test's files. */
async function cli(args: readonly string[], { input = "", env }: CliOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, [cliMain, ...args], {
    cwd: work,
    env: { ...process.env, ...env },
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on("error", () => {}); // a command that does not read its input
  child.stdin.end(input);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

/** What the command prints when it succeeds. */
async function prints(args: readonly string[], options?: CliOptions): Promise<string> {
  const { status, stdout, stderr } = await cli(args, options);
  assert.equal(status, 0, stderr);
  return stdout.toString();
}

/** That the command fails with this status, and prints nothing but why. */
async function fails(args: readonly string[], expected: number, message: RegExp): Promise<void> {
  const { status, stdout, stderr } = await cli(args);
  assert.equal(status, expected, `${args.join(" ")}: ${stderr}`);
  assert.equal(stdout.toString(), "");
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /^ +at /m);
}

/** `run` on the back end that compiles fastest. */
function call(program: string, ...args: string[]): string[] {
  return ["run", "-b", "c", program, ...args];
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(work, name), content);
  return name;
}

test("the help of every command has an example of it", async () => {
  const commands = ["build", "types", "info", "run", "autotune", "test", "bench", "init"];
  const texts = await Promise.all(commands.map((command) => prints([command, "--help"])));
  for (const [i, command] of commands.entries()) {
    assert.match(String(texts[i]), new RegExp(`Examples?:\\n  futhark-bridge ${command} `));
  }
});

test("types writes bindings that find the program from where they are", async () => {
  const manifest = join(root, "test/programs/types-0.27.1.json");
  const golden = readFileSync(join(root, "test/bindings/new-form.ts"), "utf8");
  const place = /locateProgram\(import\.meta\.url, "(.*)"\)/;
  const [printed] = await Promise.all([
    prints(["types", manifest]),
    prints(["types", manifest, "-o", "here.ts"]),
  ]);
  const text = readFileSync(join(work, "here.ts"), "utf8");
  assert.equal(text, printed);
  assert.equal(text.replace(place, ""), golden.replace(place, ""));
  const relative = place.exec(text)?.[1] ?? "";
  assert.equal(join(work, relative), manifest);
});

test("types takes a program as well, and writes Python stubs", async () => {
  const program = join(root, "test/programs/anonymous.fut");
  const compiled = join(work, "anonymous");
  await run(findCompiler()?.path as string, ["c", "--library", "-o", compiled, program]);
  const [source, manifest] = await Promise.all([
    prints(["types", program, "--python"]),
    prints(["types", `${compiled}.json`, "--python"]),
  ]);
  assert.equal(source, manifest);
  assert.match(source, /^class FooF32I8\(FutharkRecord\):$/m);
});

test("types reports what is wrong with its input", async () => {
  const wrong = file("wrong.fut", "entry main (x: i32) : i32 = x + true\n");
  await fails(
    ["types", wrong],
    1,
    /^error: wrong\.fut does not compile:\n[\s\S]*wrong\.fut:1:[\s\S]*"true"/,
  );
  await fails(["types", "absent.json"], 1, /^error: cannot read the manifest absent\.json: ENOENT/);
  await fails(["types", file("no.json", "{}")], 1, /^error: no\.json: not a Futhark manifest/);
  await fails(["types", "prog.c"], 1, /expected a manifest \(\.json\) or a program \(\.fut\)/);
  await fails(["types"], 2, /missing required argument 'program'/);
});

test("build makes a module, its manifest and its bindings, which open", async () => {
  file("my-prog.fut", "-- | Twice.\nentry twice (xs: []i32) : []i32 = map (* 2) xs\n");
  const lines = await prints(["build", "my-prog.fut", "-b", "c", "-o", "out"]);
  const [module = "", manifest, bindings] = lines.trim().split("\n");
  assert.match(module, /^out\/_my_prog\..*so$/);
  assert.deepEqual([manifest, bindings], ["out/my_prog.json", "out/my_prog.ts"]);
  assert.match(
    readFileSync(join(work, "out/my_prog.ts"), "utf8"),
    /`twice \(xs: \[\]i32\): \[\]i32`/,
  );
  await using fut = await open(join(work, "out/my_prog"));
  assert.deepEqual(await (await fut.entry.twice([1, 2])).toNested(), [2, 4]);
});

test("build shows the compiler's message", async () => {
  const wrong = file("broken.fut", "entry main (x: i32) : i32 = y\n");
  const message = /^error: .*broken\.fut does not compile:\n[\s\S]*Unknown .*"y"/m;
  const { status, stdout, stderr } = await cli(["build", wrong, "-b", "c"]);
  assert.deepEqual([status, stdout.length], [1, 0]);
  assert.match(stderr, message);
  assert.match(stderr, /✗ build broken\.fut for c/);
  await fails(["build", "absent.fut"], 1, /no such file: absent\.fut/);
  await fails(["build", wrong, "-b", "fortran"], 2, /Allowed choices are c, multicore/);
});

test("build takes several programs, and --watch builds those that change", async (t) => {
  file("left.fut", 'import "shared"\nentry main (x: i32) : i32 = shared x\n');
  file("right.fut", "entry main (x: i32) : i32 = x\n");
  file("shared.fut", "def shared (x: i32) : i32 = x + 1\n");
  const args = [cliMain, "build", "left.fut", "right.fut", "-b", "c", "-o", "watched", "--watch"];
  const child = spawn(process.execPath, args, { cwd: work });
  t.after(() => child.kill("SIGKILL"));
  let [out, errors] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const built = () => out.match(/(?<=watched\/)\w+(?=\.ts\n)/g) ?? [];
  await until("built", () => errors.includes("watching"), 60_000);
  assert.deepEqual(built(), ["left", "right"]);
  file("shared.fut", "def shared (x: i32) : i32 = y\n");
  await until("failed", () => /^error: .*left\.fut does not compile/m.test(errors), 60_000);
  file("shared.fut", "def shared (x: i32) : i32 = x + 2\n");
  await until("built again", () => built().length === 3, 60_000);
  assert.deepEqual(built(), ["left", "right", "left"]);
  await using fut = await open(join(work, "watched/left"));
  assert.equal(await fut.entry.main(1), 3);
});

test("build builds what it can, and refuses two programs of one name", async () => {
  file("good.fut", "entry main (x: i32) : i32 = x\n");
  file("bad.fut", "entry main (x: i32) : i32 = y\n");
  const { status, stdout, stderr } = await cli(["build", "bad.fut", "good.fut", "-b", "c"]);
  assert.equal(status, 1);
  assert.match(stdout.toString(), /^build\/_good\..*so\nbuild\/good\.json\nbuild\/good\.ts\n$/);
  assert.match(stderr, /^error: .*bad\.fut does not compile/m);
  await fails(
    ["build", "good.fut", "other/good.fut"],
    1,
    /good\.fut and other\/good\.fut have the same/,
  );
});

test("info lists entry points and types, of a manifest, a source and a module alike", async () => {
  const manifest = join(root, "test/programs/types-0.27.1.json");
  const text = await prints(["info", manifest]);
  assert.match(text, /: multicore, Futhark 0\.27\.1\n/);
  assert.match(text, /^ {2}put \(xs: \*\[\]i32\) \(i: i64\) \(v: i32\): \*\[\]i32$/m);
  assert.match(text, /^ {2}add_one \(x: i32\): i32\n {6}One more than x\.$/m);
  assert.match(text, /^ {2}shape +#circle f32 \| #empty \| #rect \{h: f32, w: f32\}$/m);
  const { operations: _, ...info } = readManifest(JSON.parse(readFileSync(manifest, "utf8")));
  assert.deepEqual(JSON.parse(await prints(["info", manifest, "--json"])), {
    module: manifest,
    ...info,
  });
  await prints(["build", TYPES, "-b", "c", "-o", "out"]);
  const [source, module] = await Promise.all([
    prints(["info", TYPES, "-b", "c", "--json"]),
    prints(["info", "out/types", "--json"]),
  ]);
  assert.deepEqual({ ...JSON.parse(module), module: TYPES }, JSON.parse(source));
  await fails(["info", "absent"], 1, /^error: no module absent; tried /);
});

test("run takes literals and prints what Futhark would", async () => {
  const outputs = await Promise.all([
    prints(call(TYPES, "add_into", "[1, 2i32, 0x3]", "[10, 20, 30]")),
    prints(call(TYPES, "floats", "1", "0.1", "1e300", "true")),
    prints(call(TYPES, "scalars", "1 2 3 -4 5 6", "7", "18446744073709551615")),
    prints(call(TYPES, "to_unit", "1")),
    prints(call(IDENTITY, "id_f64_2", "[[1, f64.nan], [-f64.inf, -0.0]]")),
    prints(call(IDENTITY, "id_u8_1", '"hi"')),
    prints(call(IDENTITY, "id_i32_2", "empty([2][0]i32)")),
  ]);
  assert.deepEqual(outputs, [
    "[31i32, 22i32, 13i32]\n",
    "1.0f16\n0.1f32\n1.0e300f64\ntrue\n",
    "1i8\n2i16\n3i32\n-4i64\n5u8\n6u16\n7u32\n18446744073709551615u64\n",
    "",
    "[[1.0f64, f64.nan],\n[-f64.inf, -0.0f64]]\n",
    "[104u8, 105u8]\n",
    "empty([2][0]i32)\n",
  ]);
});

test("run takes and prints records, tuples, sums and arrays of them as JSON", async () => {
  const outputs = await Promise.all([
    prints(call(TYPES, "middle", '{"lat": 1, "lon": 2}', '{"lon": 4, "lat": 2}')),
    prints(call(TYPES, "same_figure", '{"variant": "box", "payload": [{"h": 1, "w": 2}]}')),
    prints(call(TYPES, "same_figure", '{"variant": "nothing"}')),
    prints(call(TYPES, "swap", "[7, [0.5]]")),
    prints(call(TYPES, "flip_grid", '[[{"lat": 1, "lon": 2}], [{"lat": 3, "lon": 4}]]')),
    prints(call(TYPES, "north", '{"lat": [1, 9], "lon": [2, 4]}')),
    prints(call(TYPES, "count_marks", "[[1, true], [2, false]]")),
    prints(call(TYPES, "from_unit", "[]")),
    prints(call(TYPES, "halves", '{"a": "NaN", "b": []}')),
  ]);
  assert.deepEqual(outputs, [
    '{"lat": 1.5, "lon": 3}\n',
    '{"variant": "box", "payload": [{"h": 1, "w": 2}]}\n',
    '{"variant": "nothing", "payload": []}\n',
    "[0.5f64]\n7i32\n",
    '[[{"lat": 2, "lon": 1}], [{"lat": 4, "lon": 3}]]\n',
    "9.0f64\n",
    "1i64\n",
    "7i32\n",
    '{"a": "NaN", "b": []}\n',
  ]);
});

test("run reads and writes .npy files that numpy makes and reads", async () => {
  const code = `
import numpy as np
a = np.arange(6, dtype=np.float32).reshape(2, 3)
np.save(${JSON.stringify(join(work, "a.npy"))}, np.asfortranarray(a))
np.save(${JSON.stringify(join(work, "b.npy"))}, np.array([[[True, False]]]))
np.save(${JSON.stringify(join(work, "c.npy"))}, np.uint64(2**64 - 1))`;
  await runPython(code);
  await Promise.all([
    prints(call(IDENTITY, "id_f32_2", "a.npy", "-o", "a2.npy")),
    prints(call(IDENTITY, "id_bool_3", "b.npy", "-o", "b2.npy")),
    prints(call(IDENTITY, "id_u64_0", "c.npy", "-o", "c2.npy")),
  ]);
  const check = `
import numpy as np
for name in "abc":
    a, b = (np.load(${JSON.stringify(work)} + f"/{name}{k}.npy") for k in ("", 2))
    print(a.dtype == b.dtype, a.shape == b.shape, (a == b).all(), b.flags.c_contiguous)`;
  assert.equal(await runPython(check), "True True True True\n".repeat(3));
});

test("run reads and writes Arrow files that pyarrow makes and reads", async () => {
  const code = `
import numpy as np, pyarrow as pa, pyarrow.ipc as ipc
def save(name, table, new):
    with new(${JSON.stringify(`${work}/`)} + name, table.schema) as sink: sink.write_table(table)
save("two.arrow", pa.table({"xs": pa.array([1, 2], "i4"), "ys": pa.array([10, 20], "i4")}), ipc.new_file)
rows = pa.FixedSizeListArray.from_arrays(pa.array([1.5, 2, 3, 4], "f8"), 2)
save("grid.arrows", pa.table({"g": rows}), ipc.new_stream)
save("flags.arrow", pa.table({"f": pa.array([True, False])}), ipc.new_file)`;
  await runPython(code);
  const [sums] = await Promise.all([
    prints(call(TYPES, "add_into", "two.arrow")),
    prints(call(IDENTITY, "id_f64_2", "grid.arrows", "-o", "grid2.arrow")),
    prints(call(IDENTITY, "id_bool_1", "flags.arrow", "-o", "flags2.arrows")),
  ]);
  assert.equal(sums, "[21i32, 12i32]\n");
  const check = `
import pyarrow.ipc as ipc
print(ipc.open_file(${JSON.stringify(join(work, "grid2.arrow"))}).read_all().column(0).to_pylist())
print(ipc.open_stream(${JSON.stringify(join(work, "flags2.arrows"))}).read_all().column(0).to_pylist())`;
  assert.equal(await runPython(check), "[[1.5, 2.0], [3.0, 4.0]]\n[True, False]\n");
});

test("run reads and writes Futhark's own files: several values in one, text and binary", async () => {
  const futhark = findCompiler()?.path as string;
  const text = file("both.in", await run(futhark, ["dataset", "-g", "[4]i32", "-g", "[4]i32"]));
  const binary = file("one.data", writeBinaryData([nd(Int32Array.of(5, -6))]));
  await Promise.all([
    prints(call(TYPES, "add_into", text, "-o", "sum.out")),
    prints(call(TYPES, "twin", binary, "-o", "twice.data")),
  ]);
  const lines = readFileSync(join(work, text), "utf8").split("\n");
  const [xs = [], ys = []] = lines.map((line) => (line.match(/-?\d+(?=i32)/g) ?? []).map(Number));
  const sums = xs.map((x, i) => `${(x + (ys[ys.length - 1 - i] ?? 0)) | 0}i32`);
  assert.equal(readFileSync(join(work, "sum.out"), "utf8"), `[${sums.join(", ")}]\n`);
  file("twice.in", "[5i32, -6i32] [5i32, -6i32]");
  await run(futhark, ["datacmp", join(work, "twice.data"), join(work, "twice.in")]);
});

test("run reads stdin and writes bytes to stdout, so that runs can be piped", async () => {
  const first = await cli([...call(TYPES, "fresh", "4"), "--format", "binary"]);
  assert.deepEqual(first.stdout, Buffer.from(writeBinaryData([nd(Int32Array.of(0, 1, 2, 3))])));
  const second = await prints(call(TYPES, "overwrite", "-", "9"), { input: first.stdout });
  assert.equal(second, "[9i32, 1i32, 2i32, 3i32]\n");
  const npy = await cli([...call(TYPES, "fresh", "4"), "--format", "npy", "-o", "-"]);
  assert.equal(
    await prints(call(TYPES, "alias", "-"), { input: npy.stdout }),
    "[0i32, 1i32, 2i32, 3i32]\n",
  );
});

test("run writes each result to a file of its own", async () => {
  await prints(
    call(TYPES, "walk_end", '{"at": 3, "steps": [1, 2]}', "-o", "at.json", "-o", "steps.npy"),
  );
  assert.equal(readFileSync(join(work, "at.json"), "utf8"), "3\n");
  assert.equal(await prints(call(TYPES, "alias", "steps.npy")), "[1i32, 2i32]\n");
});

test("run stores values, and restores them in another process", async () => {
  await prints(call(TYPES, "walk_start", "-o", "walk.futv"));
  await prints(call(TYPES, "walk_step", "walk.futv", "5", "-o", "walk.futv"));
  assert.equal(await prints(call(TYPES, "walk_end", "walk.futv")), "5i64\n[5i32]\n");
  await fails(call(TYPES, "middle", "walk.futv", "walk.futv"), 1, /place/);
  await fails(call(TYPES, "alias", "walk.futv"), 1, /expected \[\]i32, got a stored value/);
});

test("run reports errors: status 2 for wrong usage, 1 for a failure", async () => {
  const cases: [string[], number, RegExp][] = [
    [call(TYPES, "nope"), 2, /has no entry point nope; it has add_into, /],
    [call(TYPES, "alias"), 2, /alias: expected 1 values \(xs: \[\]i32\), got 0/],
    [call(TYPES, "alias", "[1", "2]"), 2, /argument 1: \[1 is neither a file nor a literal/],
    [
      call(TYPES, "twin", "[1]", "-o", "a", "-o", "b", "-o", "c"),
      2,
      /expected -o once, or 2 times, got 3/,
    ],
    [
      call(TYPES, "twin", "[1]", "-o", "one.npy", "-o", "./one.npy"),
      2,
      /-o \.\/one\.npy: two results are written to one file/,
    ],
    [call(TYPES, "alias", "[1.5]"), 1, /alias argument 1 \(xs\)\[0\]: expected i32, got 1\.5/],
    [call(TYPES, "alias", "[1i64]"), 1, /expected i32, got 1i64/],
    [call(TYPES, "alias", "[[1]]"), 1, /alias argument 1 \(xs\)/],
    [call(TYPES, "mark", "99999999999"), 1, /mark argument 1 \(x\)/],
    [call(TYPES, "middle", '{"lat": 1}', "[1]"), 1, /field lon of place is missing/],
    [call(TYPES, "area", '{"variant": "disk"}'), 1, /one of box, disc, nothing, path/],
    [call(TYPES, "total_area", "[]"), 1, /\[\]figure/],
    [call(TYPES, "twin", "[1]", "-o", "twin.npy"), 1, /twin\.npy: holds one value, got 2 results/],
    [
      call(TYPES, "places", "2", "-o", "p.npy"),
      1,
      /\.npy holds arrays and scalars only, not \[\]place/,
    ],
    [call(TYPES, "alias", file("cut.npy", "\x93NUMPY")), 1, /cut\.npy/],
    [call(TYPES, "alias", file("noise", Uint8Array.of(200, 0, 255))), 1, /noise: neither text nor/],
  ];
  for (const [args, status, message] of cases) await fails(args, status, message);
  assert.ok(!existsSync(join(work, "twin.npy")));
});

test("autotune writes a file that the option tuning reads, for run too", async () => {
  const program = "entry main (xss: [][]f32) : []f32 = map (\\xs -> f32.sum (map (* 2) xs)) xss\n";
  file("tune.fut", `-- To be tuned.\n-- ==\n-- input { [[1f32, 2f32], [3f32, 4f32]] }\n${program}`);
  const env = await ensureOpencl(new Progress(null));
  const said = await prints(["autotune", "tune.fut", "--", "--runs=1"], { env });
  assert.match(said, /^tune\.fut\.tuning: \d+ parameters; use it as open\(…, \{ tuning: /);
  const args = [
    "run",
    "-b",
    "opencl",
    "--tuning",
    "tune.fut.tuning",
    "tune.fut",
    "main",
    "[[1, 2]]",
  ];
  assert.equal(await prints(args, { env }), "[6.0f32]\n");
  await fails(["autotune", "tune.fut", "-b", "c"], 1, /c have few or no tuning parameters/);
});
