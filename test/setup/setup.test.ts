import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isFutharkError } from "../../ts/errors.ts";
import { findCCompiler } from "../../ts/setup/c-compiler.ts";
import {
  compilerVersion,
  ensureCompiler,
  findCompiler,
  parseRelease,
} from "../../ts/setup/compiler.ts";
import { examine } from "../../ts/setup/doctor.ts";
import { shellQuote } from "../../ts/setup/futhark-wrapper.ts";
import { chooseInterpreter, isSupported, missingHeaders } from "../../ts/setup/interpreter.ts";
import { cacheDir, WORK_PREFIX } from "../../ts/setup/places.ts";
import { Progress } from "../../ts/setup/progress.ts";
import { currentPythonEnv, findPython } from "../../ts/setup/python-env.ts";
import { lockDigest, pinnedBlock, pinnedVersion } from "../../ts/setup/requirements-lock.ts";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { SetupLock } from "../../ts/setup/setup-lock.ts";
import { ensureUv, isRecentVersion } from "../../ts/setup/uv.ts";
import { which } from "../../ts/setup/which.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "futhark bridge's "));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function program(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Sets environment variables for the time of one test. */
function setEnv(t: TestContext, values: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    const old = process.env[name];
    const set = (to: string | undefined) => {
      if (to === undefined) delete process.env[name];
      else process.env[name] = to;
    };
    set(value);
    t.after(() => set(old));
  }
}

test("which finds what is executable, in the order of PATH", (t) => {
  const [one, two] = [folderFor(t), folderFor(t)];
  writeFileSync(join(one, "tool"), "not executable");
  mkdirSync(join(one, "folder"));
  const tool = program(two, "tool", "");
  assert.equal(which("tool", `${one}:${two}`), tool);
  assert.equal(which("tool", one), undefined);
  assert.equal(which("folder", one), undefined);
  assert.equal(which(tool, ""), tool);
});

test("a command returns its output, or throws an error that contains it", async (t) => {
  const folder = folderFor(t);
  assert.equal(await run(program(folder, "good", "echo out; echo note >&2"), []), "out\n");
  const bad = run(program(folder, "bad", "echo out; echo broken >&2; exit 3"), ["now"]);
  await assert.rejects(bad, (error: unknown) => {
    assert.ok(error instanceof CommandError);
    assert.match(error.message, /bad now: exit status 3$/);
    assert.match(error.tail(1), /^broken$/);
    return true;
  });
  await assert.rejects(run(join(folder, "absent"), []), CommandError);
});

test("a command that takes too long is ended", async () => {
  const slow = run("sleep", ["60"], { timeoutMs: 50 });
  await assert.rejects(slow, /sleep 60: ended by SIGKILL/);
});

test("the interpreter is the explicit one, then the variable's, then the environment's", () => {
  const env = { FUTHARK_BRIDGE_PYTHON: "/named/python", VIRTUAL_ENV: "/active" };
  assert.equal(findPython("/explicit/python", env), "/explicit/python");
  assert.equal(findPython(undefined, env), "/named/python");
  assert.equal(findPython(undefined, {}), join(root, ".venv", "bin", "python"));
});

test("an environment is current only for its lock file, groups and interpreter", (t) => {
  const folder = folderFor(t);
  const lock = lockDigest(readFileSync(join(root, "requirements.lock"), "utf8"));
  const stamp = { lock, groups: ["test"], base: "/base/python", version: "3.11.9", include: "/i" };
  const write = (value: unknown) =>
    writeFileSync(join(folder, "futhark-bridge.json"), JSON.stringify(value));
  write(stamp);
  assert.equal(currentPythonEnv([], undefined, folder), undefined, "no interpreter there");
  mkdirSync(join(folder, "bin"));
  const python = program(join(folder, "bin"), "python", "");
  const expected = { python, version: "3.11.9", include: "/i" };
  assert.deepEqual(currentPythonEnv([], undefined, folder), expected);
  assert.deepEqual(currentPythonEnv(["test"], "/base/python", folder), expected);
  assert.equal(currentPythonEnv(["test", "hastl"], undefined, folder), undefined);
  assert.equal(currentPythonEnv([], "/other/python", folder), undefined);
  write({ ...stamp, lock: lockDigest("another") });
  assert.equal(currentPythonEnv([], undefined, folder), undefined);
  writeFileSync(join(folder, "futhark-bridge.json"), "{damaged");
  assert.equal(currentPythonEnv([], undefined, folder), undefined);
});

test("a Python that is too old, broken or absent is refused by name", async (t) => {
  const folder = folderFor(t);
  const facts = { path: "/p", version: "3.10.4", hasPip: true, hasEnsurepip: true, include: "/i" };
  const old = program(folder, "old", `echo '${JSON.stringify(facts)}'`);
  await assert.rejects(chooseInterpreter(old), /old is Python 3\.10\.4: expected 3\.11 or newer/);
  const broken = program(folder, "broken", "exit 1");
  await assert.rejects(chooseInterpreter(broken), /broken is not a working Python/);
  await assert.rejects(chooseInterpreter(join(folder, "no")), /no is not a working Python/);
});

test("without any Python the message says how to get one", async (t) => {
  setEnv(t, { PATH: folderFor(t) });
  await assert.rejects(chooseInterpreter(undefined), (error: unknown) => {
    assert.ok(isFutharkError(error, "build"));
    assert.match(error.message, /no Python 3\.11 or newer on PATH.*apt install/);
    return true;
  });
});

test("files in the current folder do not affect what doctor and set-up run in Python", async (t) => {
  const folder = folderFor(t);
  for (const name of ["json", "importlib", "pip"])
    writeFileSync(join(folder, `${name}.py`), "raise SystemExit('taken')");
  const old = process.cwd();
  process.chdir(folder);
  t.after(() => process.chdir(old));
  const packages = (await examine()).find(({ name }) => name === "Python packages");
  assert.match(packages?.found ?? "", /cffi \d.*numpy \d/);
  setEnv(t, { PATH: dirname(process.execPath), XDG_CACHE_HOME: folderFor(t) });
  const python = await chooseInterpreter(join(root, ".venv", "bin", "python"));
  // This interpreter has no pip, so that the folder's file would be the one that is found.
  const lock = `uv==0.0.0 \\\n    --hash=sha256:${"0".repeat(64)}\n`;
  const progress = new Progress(null);
  await assert.rejects(ensureUv({ ...python, hasPip: true }, lock, progress), (error: Error) => {
    assert.match(error.message, /No module named pip/);
    return true;
  });
});

test("Python versions are compared by number", () => {
  for (const version of ["3.11.0", "3.12.1", "3.20.0rc1"]) assert.ok(isSupported(version), version);
  for (const version of ["3.9.2", "3.10.13", "2.7.18", "4.0.0", "x"]) {
    assert.ok(!isSupported(version), version);
  }
});

test("missing headers and C compilers are detected", (t) => {
  const folder = folderFor(t);
  assert.match(
    missingHeaders({ include: folder, version: "3.12.1" }) ?? "",
    /3\.12\.1.*python3-dev/,
  );
  writeFileSync(join(folder, "Python.h"), "");
  assert.equal(missingHeaders({ include: folder, version: "3.12.1" }), undefined);
  assert.equal(findCCompiler({ PATH: folder }), undefined);
  const clang = program(folder, "clang", "");
  assert.equal(findCCompiler({ PATH: folder }), clang);
  const mine = program(folder, "mycc", "");
  assert.equal(findCCompiler({ PATH: folder, CC: "mycc -std=c11" }), mine);
  assert.equal(findCCompiler({ PATH: folder, CC: "absent" }), undefined);
});

test("the compiler is FUTHARK's, a named release's, PATH's, then the fetched one", (t) => {
  const [cache, path] = [folderFor(t), folderFor(t)];
  const named = program(path, "my-futhark", "");
  setEnv(t, { XDG_CACHE_HOME: cache, PATH: path, FUTHARK: undefined });
  setEnv(t, { FUTHARK_BRIDGE_COMPILER: undefined });
  assert.equal(findCompiler(), undefined);
  mkdirSync(join(cacheDir(), "bin"), { recursive: true });
  const fetched = program(join(cacheDir(), "bin"), "futhark", "");
  assert.deepEqual(findCompiler(), { path: fetched, origin: "cache" });
  const onPath = program(path, "futhark", "");
  assert.deepEqual(findCompiler(), { path: onPath, origin: "PATH" });
  assert.equal(findCompiler("stable"), undefined);
  const stable = program(join(cacheDir(), "bin"), "futhark-stable", "");
  process.env.FUTHARK_BRIDGE_COMPILER = "stable";
  assert.deepEqual(findCompiler(), { path: stable, origin: "cache" });
  process.env.FUTHARK = named;
  assert.deepEqual(findCompiler("stable"), { path: named, origin: "FUTHARK" });
  process.env.FUTHARK = join(path, "absent");
  assert.throws(() => findCompiler(), /FUTHARK is not an executable: .*absent/);
});

test("a file that does not run, or is not a compiler, is refused", async (t) => {
  const folder = folderFor(t);
  const good = program(folder, "good", "echo Futhark 0.26.1.; echo more");
  assert.equal(await compilerVersion(good), "0.26.1");
  const other = program(folder, "other", "echo hello");
  await assert.rejects(compilerVersion(other), /other is not a Futhark compiler: .*hello/);
  const broken = program(folder, "broken", "echo no libc >&2; exit 1");
  await assert.rejects(compilerVersion(broken), /broken does not run:.*\nno libc$/s);
});

test("a release is testing or stable", () => {
  assert.equal(parseRelease("stable"), "stable");
  assert.throws(() => parseRelease("sid"), /expected testing or stable, got sid/);
});

test("the cache is in the XDG folder, or in the home folder", () => {
  assert.equal(cacheDir({ XDG_CACHE_HOME: "/x" }), "/x/futhark-bridge");
  assert.match(cacheDir({}), /\/\.cache\/futhark-bridge$/);
});

test("one package's pin and hashes are extracted from a lock file", () => {
  const lock =
    "ruff==1.0 \\\n    --hash=sha256:aa\nuv==0.13.8 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n    # via x\nuvx==1\n";
  const block = pinnedBlock(lock, "uv");
  assert.equal(block, "uv==0.13.8 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n");
  assert.equal(pinnedVersion(block ?? ""), "0.13.8");
  assert.equal(pinnedBlock(lock, "numpy"), undefined);
});

test("without uv, pip and venv the message says what to install", async (t) => {
  setEnv(t, { PATH: folderFor(t), XDG_CACHE_HOME: folderFor(t) });
  const python = {
    path: "/p",
    version: "3.12.1",
    hasPip: false,
    hasEnsurepip: false,
    include: "/",
  };
  const uv = ensureUv(python, "uv==0.13.8 \\\n    --hash=sha256:aa\n", new Progress(null));
  await assert.rejects(uv, /3\.12\.1.* neither pip nor venv, and uv is not on PATH.*apt install/);
});

test("a compiler of a named release becomes the one that is used", async (t) => {
  setEnv(t, { XDG_CACHE_HOME: folderFor(t), PATH: process.env.PATH, FUTHARK: undefined });
  setEnv(t, { FUTHARK_BRIDGE_COMPILER: undefined });
  const bin = join(cacheDir(), "bin");
  mkdirSync(bin, { recursive: true });
  program(bin, "futhark", "echo Futhark 0.25.32.");
  const stable = program(bin, "futhark-stable", "echo Futhark 0.25.27.");
  const progress = new Progress(null);
  const found = await ensureCompiler("stable", progress, new SetupLock(progress));
  assert.deepEqual(found, { path: stable, origin: "cache", version: "0.25.27" });
  assert.equal(await compilerVersion(join(bin, "futhark")), "0.25.27");
});

test("a setup waits for another one, and removes only what killed ones left", async (t) => {
  setEnv(t, { XDG_CACHE_HOME: folderFor(t) });
  const folders = () => readdirSync(cacheDir()).filter((name) => name.startsWith(WORK_PREFIX));
  mkdirSync(join(cacheDir(), `${WORK_PREFIX}killed`), { recursive: true });
  const progress = new Progress(null);
  const first = new SetupLock(progress);
  await first.take();
  assert.deepEqual(folders(), []);
  mkdirSync(join(cacheDir(), `${WORK_PREFIX}first`));
  const order: string[] = [];
  const waits = new Promise<void>((resolve) => {
    t.mock.method(progress, "step", async (what: string, run: () => Promise<unknown>) => {
      order.push(what);
      resolve();
      return await run();
    });
  });
  const second = new SetupLock(progress);
  const taken = second.take().then(() => order.push("taken"));
  await Promise.race([waits, taken]);
  assert.deepEqual(folders(), [`${WORK_PREFIX}first`]);
  order.push("released");
  await Promise.all([first.release(), taken]);
  assert.deepEqual(order, ["waiting for another setup", "released", "taken"]);
  assert.deepEqual(folders(), []);
  await second.release();
});

test("an old uv is not used", () => {
  for (const text of ["uv 0.9.0", "uv 0.13.8 (x86_64)", "uv 1.2.0"])
    assert.ok(isRecentVersion(text));
  for (const text of ["uv 0.8.22", "uv 0.1.0", "hello"]) assert.ok(!isRecentVersion(text));
});

test("an argument quoted for the shell is unchanged", () => {
  const word = `it's "$HOME" \\ and \`more\``;
  const { stdout } = spawnSync("/bin/sh", ["-c", `printf %s ${shellQuote(word)}`]);
  assert.equal(stdout.toString(), word);
});

test("progress in a log is a line at the start and at the end of each step", async () => {
  let text = "";
  const progress = new Progress({ write: (more: string) => (text += more) });
  assert.equal(await progress.step("packages", async () => 7), 7);
  const failing = progress.step("compiler", () => Promise.reject(new Error("no network")));
  await assert.rejects(failing, /no network/);
  assert.match(
    text,
    /^· packages \.\.\.\n✓ packages \(0\.\d s\)\n· compiler \.\.\.\n✗ compiler \(0\.\d s\)\n$/,
  );
});

test("progress on a terminal is one line that is replaced", async () => {
  let text = "";
  const progress = new Progress({
    isTTY: true,
    columns: 40,
    write: (more: string) => (text += more),
  });
  let finish = (): void => {};
  const first = progress.step("a".repeat(60), () => new Promise<void>((done) => (finish = done)));
  await progress.step("second", async () => {});
  finish();
  await first;
  const shown = text.split("\r\x1b[K").filter((part) => !part.endsWith("\n"));
  assert.ok(shown.every((line) => line.length < 40));
  assert.match(text, /✓ second \(0\.\d s\)\n/);
});
