import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { open } from "../../ts/index.ts";
import { startScript, until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

/** A compiler that never exits, ignores SIGTERM, and has a child process. */
function hangingCompiler(t: TestContext): {
  env: Record<string, string>;
  started: () => boolean;
  gone: () => boolean;
} {
  const folder = mkdtempSync(join(tmpdir(), "interrupted-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [compiler, pids, temp] = [join(folder, "futhark"), join(folder, "pids"), join(folder, "t")];
  mkdirSync(temp);
  writeFileSync(
    compiler,
    `#!/bin/sh
[ "$1" = --version ] && { echo Futhark 0.25.32.; exit; }
trap '' TERM INT HUP
sleep 600 &
echo $$ $! > ${pids}.new
mv ${pids}.new ${pids}
wait
`,
  );
  chmodSync(compiler, 0o700);
  const modules = join(folder, "futhark-bridge", "modules");
  return {
    env: { FUTHARK: compiler, XDG_CACHE_HOME: folder, TMPDIR: temp },
    started: () => existsSync(pids),
    gone: () =>
      readFileSync(pids, "utf8").trim().split(" ").every(hasEnded) &&
      (!existsSync(modules) || readdirSync(modules).length === 0) &&
      readdirSync(temp).every((name) => name.startsWith("tsx-")), // the tests' own loader's
  };
}

function hasEnded(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return "ZX".includes(stat.slice(stat.lastIndexOf(")") + 2)[0] as string);
  } catch {
    return true;
  }
}

const program = programPath("errors");

test("an open that is aborted while it compiles leaves nothing", async (t) => {
  const { env, started, gone } = hangingCompiler(t);
  const controller = new AbortController();
  const opening = open(program, { env, signal: controller.signal });
  opening.catch(() => {});
  await until("the compiler runs", started, 20_000);
  controller.abort();
  await assert.rejects(opening, { name: /Abort|Timeout/ });
  await until("nothing is left", gone, 20_000);
});

test("an open that takes too long to compile leaves nothing", async (t) => {
  const { env, started, gone } = hangingCompiler(t);
  await assert.rejects(open(program, { env, startTimeoutMs: 4000 }), { code: "timeout" });
  assert.ok(started(), "the compiler had not started yet");
  await until("nothing is left", gone, 20_000);
});

for (const name of ["open", "openSync"]) {
  test(`a Node killed while ${name} compiles leaves nothing`, async (t) => {
    const { env, started, gone } = hangingCompiler(t);
    const code = `await ${name}(program("errors"));`;
    const script = startScript(code, { env });
    await until("the compiler runs", started, 20_000);
    process.kill(script.child.pid as number, "SIGKILL");
    await until("nothing is left", gone, 20_000);
  });
}

for (const command of ["types", "build"]) {
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    test(`futhark-bridge ${command} that is ended by ${signal} leaves nothing`, async (t) => {
      const { env, started, gone } = hangingCompiler(t);
      const args = ["--import", "tsx", "ts/cli/main.ts", command, program];
      // In its own group, with the signal sent to one process: harder than Ctrl-C.
      const child = spawn(process.execPath, args, {
        env: { ...process.env, ...env },
        detached: true,
        stdio: "ignore",
      });
      await until("the compiler runs", started, 20_000);
      process.kill(child.pid as number, signal);
      await until("nothing is left", gone, 20_000);
    });
  }
}
