import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../../ts/setup/run-command.ts";
import { slow } from "../search/scale.ts";
import type { Results } from "./results.ts";

const SCRIPT = fileURLToPath(new URL("main.ts", import.meta.url));

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "futhark-bridge-bench-"));
});
after(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) =>
  run(process.execPath, ["--import", "tsx", SCRIPT, "--quick", "--out", folder, ...args], {
    timeoutMs: 300_000,
  });
const read = (name: string) => readFileSync(join(folder, name), "utf8");

test("the benchmark measures chosen sizes and ways, and draws them", async () => {
  await bench("--sizes", "7,5000", "--ways", "bridge,ffi");
  const { measured }: Results = JSON.parse(read("results-chosen.json"));
  assert.deepEqual(
    measured.map(({ size, samples }) => [size, ...Object.keys(samples)]),
    [7, 5000].map((size) => [size, "bridge", "ffi"]),
  );
  for (const { samples } of measured) {
    for (const values of Object.values(samples)) assert.ok(values.every((us) => us > 0));
  }
  const chart = read("chart-chosen.svg");
  assert.ok(chart.startsWith("<svg") && !chart.includes("NaN"));
  assert.ok(!read("table-chosen.md").includes("NaN"));
});

test("the whole benchmark runs, and its results are complete", {
  skip: !slow && "npm run test:slow has it: it measures for minutes",
}, async () => {
  const printed = await bench();
  assert.match(printed, /awaited call of a scalar entry/);

  const results: Results = JSON.parse(read("results.json"));
  for (const name of ["date", "cpu", "system", "node", "python", "compiler"] as const) {
    assert.ok(results.machine[name], `${name} of the machine`);
  }
  assert.ok(results.machine.cores >= 1);
  const inOrder = results.measured.map(({ part, what, size, state }) =>
    [part, what, size, state].join(" "),
  );
  assert.deepEqual(inOrder, [
    ...[1, 1000, 1e5].map((size) => `curve array ${size} onEnd`),
    ...[1, 1000, 1e5].map((size) => `forgotten array ${size} onEnd`),
    ...["onEnd", "quiet", "busy"].map((state) => `states call 1 ${state}`),
    ...["onEnd", "busy"].map((state) => `states chain 16 ${state}`),
    ...["onEnd", "quiet", "busy"].map((state) => `states array 1000 ${state}`),
    ...["onEnd", "quiet", "busy"].map((state) => `states array 100000 ${state}`),
    ...["call 1", "chain 16", "dct 32768", "records 100000"].map((what) => `shapes ${what} onEnd`),
    ...["array 1048576", "image 1048576"].map((what) => `shapes ${what} onEnd`),
    ...["array 100000", "numpy 100000"].map((what) => `shapes ${what} onEnd`),
  ]);
  for (const { part, what, samples } of results.measured) {
    for (const values of Object.values(samples)) {
      assert.ok(values.length > 0 && values.every((us) => us > 0), `${part} ${what}`);
    }
  }
  const [smallest] = results.measured;
  const everyone = ["bridge", "fromFuthark", "zeroCopy", "blocking", "python", "ffi", "koffi"];
  for (const name of [...everyone, "pythonia", "pythoniaBase64", "server", "memcpy"] as const) {
    assert.ok(smallest?.samples[name as "bridge"], name);
  }
  assert.equal(results.memory?.made.results, results.memory?.made.wanted);
  for (const { peak } of results.forgotten ?? []) assert.ok(peak.node > 0 && peak.worker > 0);

  const chart = read("chart.svg");
  assert.ok(chart.startsWith("<svg") && !chart.includes("NaN") && chart.length < 200_000);
  const table = read("table.md");
  assert.match(table, /\| awaited call of a scalar entry \|/);
  assert.ok(!table.includes("NaN"), table);

  // Of another run on the same machine only the parts that it measured are new.
  await bench("--only", "start");
  const again: Results = JSON.parse(read("results.json"));
  assert.deepEqual(again.measured, results.measured);
  assert.notDeepEqual(again.startUp, results.startUp);
});
