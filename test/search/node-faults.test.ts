import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { buildFaults } from "./faulty-calls.ts";

// Every system call that Node makes for a module fails, once and permanently: see the script.

const script = fileURLToPath(new URL("node-faults.ts", import.meta.url));
const skip = slabPool() === undefined ? "nothing loads the library of faults here" : false;
let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "node-faults-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("a system call that fails in Node is a typed error, and leaves nothing", {
  skip,
}, async (t) => {
  const env = { ...process.env, LD_PRELOAD: buildFaults(folder), TMPDIR: folder };
  const child = spawn(process.execPath, ["--import", "tsx", script], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child, "close");
  t.diagnostic(said.split("\n")[0] ?? "");
  const last = said.trim().split("\n").at(-1);
  assert.equal(last, "done", `it ended at: ${said.slice(-2000)}`);
  assert.deepEqual(
    said.split("\n").filter((line) => line.startsWith("FAULT")),
    [],
  );
});
