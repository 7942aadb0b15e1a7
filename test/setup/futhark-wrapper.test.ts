import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { renewWrapper } from "../../ts/setup/futhark-wrapper.ts";

const compiler = realpathSync(findCompiler()?.path ?? "/");
const root = join(dirname(compiler), "root");
const skip = !existsSync(root) && "the compiler is not one that setup fetched";

test("the fetched compiler's test, bench and literate start the compiler, from any folder", {
  skip,
}, async (t) => {
  const work = mkdtempSync(join(tmpdir(), "futhark-wrapper's "));
  t.after(() => rmSync(work, { recursive: true }));
  mkdirSync(join(work, "bin"));
  symlinkSync(root, join(work, "root"));
  const script = join(work, "futhark");
  writeFileSync(script, readFileSync(compiler, "utf8").replace(/\nexec /, "\n# older\nexec "));
  renewWrapper(script);
  const text = readFileSync(script, "utf8");
  assert.doesNotMatch(text, /older/);
  symlinkSync(script, join(work, "bin", "futhark"));

  const program = "-- ==\n-- input { 1 } output { 2 }\n\nentry main (x: i32) : i32 = x + 1\n";
  writeFileSync(join(work, "a.fut"), program);
  writeFileSync(join(work, "wrong.fut"), program.replace("x + 1", "y"));
  const options = { cwd: work, env: { ...process.env, PATH: `${work}/bin:${process.env.PATH}` } };
  const run = (...args: string[]) =>
    promisify(execFile)("futhark", args, options).catch((error) => error);
  const tested = await run("test", "-t", "a.fut");
  assert.match(tested.stdout, /1\/1 passed/);
  const [failed, benched, literate] = await Promise.all([
    run("test", "-t", "wrong.fut"),
    run("bench", "wrong.fut"),
    run("literate", "wrong.fut"),
  ]);
  assert.match(failed.stdout, /Unknown name "y"/);
  assert.match(benched.stdout, /Unknown name "y"/);
  assert.match(literate.stderr, /Unknown name "y"/);
});
