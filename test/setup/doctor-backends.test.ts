import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BACKEND_PARTS, missingParts } from "../../ts/setup/backend-parts.ts";
import type { Finding } from "../../ts/setup/doctor.ts";
import { ensureOpencl } from "../../ts/setup/opencl.ts";
import { Progress } from "../../ts/setup/progress.ts";

const main = fileURLToPath(new URL("../../ts/cli/main.ts", import.meta.url));

test("doctor runs a program on each back end that is there, and says what others need", async () => {
  const env = { ...process.env, ...(await ensureOpencl(new Progress(null))) };
  const args = ["--import", "tsx", main, "doctor", "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
  const findings = (JSON.parse(stdout) as Finding[]).filter(({ name }) => name.startsWith("back"));
  const found = Object.fromEntries(findings.map((one) => [one.name.slice(9), one]));
  assert.equal(found.c?.found, "runs");
  assert.equal(found.multicore?.found, "runs");
  assert.match(found.opencl?.found ?? "", /^runs on .+: .+/);
  for (const { name, state, advice } of findings) {
    assert.equal(state === "ok", advice === "", name);
    if (state !== "ok") assert.match(advice, /install/);
  }
});

test("what the C compiler does not find is named", async (t) => {
  const work = mkdtempSync(join(tmpdir(), "parts-"));
  t.after(() => rmSync(work, { recursive: true }));
  const compiler = join(work, "cc");
  writeFileSync(compiler, '#!/bin/sh\ncase "$*" in *-lOpenCL*) exit 1 ;; esac\n', { mode: 0o755 });
  assert.deepEqual(await missingParts("opencl", compiler), ["libOpenCL"]);
  assert.deepEqual(await missingParts("c", compiler), []);
  writeFileSync(compiler, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const { headers = [], libraries = [] } = BACKEND_PARTS.cuda ?? {};
  const all = [...headers, ...libraries.map((name) => `lib${name}`)];
  assert.deepEqual(await missingParts("cuda", compiler), all);
});
