import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findPython } from "../../ts/setup/python-env.ts";
import { slow } from "../search/scale.ts";
import { FAULTS, type FaultCase } from "./python-faults/cases.ts";

const script = fileURLToPath(new URL("python-faults/run-case.ts", import.meta.url));

/** What a case gave, or how its process went wrong. */
function outcome(which: "plain" | "ours", { code }: FaultCase): Promise<string> {
  const env = { ...process.env, PYTHON_BIN: findPython(), REQ_TIMEOUT: undefined };
  const args = ["--import", "tsx", script, which, code];
  // Cases take a second, unless they hang.
  const limits = { timeout: which === "plain" ? 10_000 : 60_000, env };
  return new Promise((resolve) => {
    execFile(process.execPath, args, limits, (error, stdout, stderr) => {
      const said = /^@@(.*)$/m.exec(stdout)?.[1];
      const text = said === undefined ? "" : (JSON.parse(said) as string);
      if (error === null) return resolve(text);
      if (error.killed) return resolve(text === "" ? "hangs" : `${text}, but never ends`);
      const thrown = /^(?:Uncaught )?\w*Error\b.*$/m.exec(stderr)?.[0];
      resolve(`ends Node: ${thrown ?? error.code}`);
    });
  });
}

describe("pythonia's faults, ours beside", { concurrency: 2 }, () => {
  const rows: string[] = [];
  for (const fault of FAULTS) {
    test(fault.name, async () => {
      const ours = await outcome("ours", fault);
      // Many of pythonia's hang until their limit, and only the table shows them.
      const plain = slow ? await outcome("plain", fault) : "";
      const [first] = plain.split("\n");
      const verdict = fault.right.test(plain) ? "right" : `${first || "''"}`;
      rows.push(
        `| ${fault.name} | ${verdict.slice(0, 90)} | ${ours.split("\n")[0]?.slice(0, 60)} |`,
      );
      assert.match(ours, fault.right);
    });
  }
  after(() => {
    if (!slow) return;
    const head = ["| case | plain pythonia 1.2.6 | fut.python |", "|---|---|---|"];
    process.stdout.write(`${[...head, ...rows].join("\n")}\n`);
  });
});
