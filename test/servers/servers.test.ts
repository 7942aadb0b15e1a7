import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { steps } from "../search/scale.ts";
import { load } from "./load.ts";

for (const recipe of ["node-http", "fastify"] as const) {
  for (const retries of [1, 0]) {
    test(`${recipe} under load loses no request while workers are killed, retries: ${retries}`, async (t) => {
      const report = await load({
        ...{ recipe, retries },
        ...{ seconds: steps(2, 30), connections: steps(50, 200) },
        killEveryMs: steps(500, 1000),
        leastAgeMs: steps(0, 2500),
      });
      t.diagnostic(JSON.stringify(report));
      const { "200": good = 0, "503": lost = 0, ...others } = report.statuses;
      assert.deepEqual(others, {});
      assert.equal(report.wrong, 0);
      assert.ok(report.kills > 0 && good > report.kills);
      // Only what ran in a worker that was killed, once more than it is run again.
      assert.ok(lost <= report.kills / (retries + 1), `${lost} of ${report.kills}`);
      assert.ok(Math.min(...report.calls) > 0);
    });
  }
}

test("the guide contains the tested recipes", () => {
  const guide = readFileSync(new URL("../../ts/guide/servers.md", import.meta.url), "utf8");
  for (const name of ["node-http", "fastify"]) {
    const text = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
    assert.ok(guide.includes(`\`\`\`ts ${name}.ts\n${text}\`\`\``), name);
  }
});
