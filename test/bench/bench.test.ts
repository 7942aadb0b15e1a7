import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../../ts/setup/run-command.ts";

const SCRIPT = fileURLToPath(new URL("main.ts", import.meta.url));

interface Series {
  readonly what: string;
  readonly size: number;
  readonly contestants: Readonly<Record<string, { median: number; min: number; turns: number }>>;
}

test("the benchmark runs, and its results are complete", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-bench-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const args = ["--import", "tsx", SCRIPT, "--quick", "--out", folder];
  const printed = await run(process.execPath, args, { timeoutMs: 300_000 });
  assert.match(printed, /awaited call of a scalar entry/);

  const results = JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));
  for (const name of ["date", "cpu", "system", "node", "python", "compiler"]) {
    assert.ok(results.machine[name], `${name} of the machine`);
  }
  assert.ok(results.machine.cores >= 1);
  const series: Series[] = [...results.microseconds, results.milliseconds];
  assert.deepEqual(
    series.map(({ what, size }) => (what === "array" ? size : what)),
    ["call", "chain", 1, 10, 100, 1000, 10_000, 100_000, "start"],
  );
  for (const { what, size, contestants } of series) {
    const ours = what === "start" || what === "chain" ? ["bridge"] : ["bridge", "blocking"];
    for (const name of [...ours, "ffi"]) assert.ok(contestants[name], `${name} in ${what} ${size}`);
    for (const { median, min, turns } of Object.values(contestants)) {
      assert.ok(turns > 0 && min > 0 && min <= median, `${what} ${size}`);
    }
  }
  for (const peer of ["pythonia", "pythoniaBase64", "koffi", "memcpy"]) {
    assert.ok(
      series.some(({ contestants }) => contestants[peer] !== undefined),
      peer,
    );
  }
  const measured = results.goals.filter((goal: { ratio?: number }) => goal.ratio !== undefined);
  // Those with arrays of 40 MB are left out of the quick form.
  assert.equal(results.goals.length - measured.length, 2);

  const chart = readFileSync(join(folder, "chart.svg"), "utf8");
  assert.match(chart, /^<svg [\s\S]*<polyline [\s\S]*<\/svg>\n$/);
  assert.ok(!chart.includes("NaN"));
  assert.match(
    readFileSync(join(folder, "table.md"), "utf8"),
    /\| awaited call of a scalar entry \|/,
  );
});
