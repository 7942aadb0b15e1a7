import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { isAlive, startScript, until, workersOf } from "../support/processes.ts";

/** Forks two workers of a cluster, each with modules of its own, and says which processes run them. */
const CLUSTER = `
const { default: cluster } = await import("node:cluster");
const code = ${JSON.stringify(`
  import("./ts/index.ts").then(async ({ open, openSync }) => {
    const path = process.argv.at(-1);
    const fut = await open(path, { backend: "c" });
    const sync = openSync(path, { backend: "c" });
    const data = new Float64Array(100_000);
    const borrowed = await (await fut.entry.id_f64_1(data)).borrow();
    process.send([fut.pid, sync.pid, borrowed.data.length]);
    setInterval(() => {}, 1000);
  });
`)};
const { writeFileSync, mkdtempSync, rmSync } = await import("node:fs");
const { tmpdir } = await import("node:os");
const folder = mkdtempSync(tmpdir() + "/cluster-");
const exec = folder + "/worker.cjs";
writeFileSync(exec, code.replace("./ts/index.ts", process.cwd() + "/ts/index.ts"));
cluster.setupPrimary({ exec, args: [program("identity")], execArgv: ["--import", "tsx"] });
const forks = [cluster.fork(), cluster.fork()];
const said = await Promise.all(forks.map((fork) => new Promise((resolve) => fork.once("message", resolve))));
rmSync(folder, { recursive: true });
console.log(JSON.stringify([said, forks.map((fork) => fork.process.pid)]));
const own = await open(program("identity"), { backend: "c" });
process.stdin.resume();
`;

for (const how of ["the forks are killed", "the primary is killed"]) {
  test(`a cluster leaves nothing behind when ${how}`, async () => {
    const before = new Set(readdirSync("/dev/shm"));
    const script = startScript(CLUSTER);
    const [said, forks] = JSON.parse(await script.line()) as [number[][], number[]];
    const workers = said.flatMap(([a, b]) => [a as number, b as number]);
    assert.equal(new Set(workers).size, 4);
    assert.deepEqual(
      said.map(([, , length]) => length),
      [100_000, 100_000],
    );
    for (const fork of forks) assert.equal(workersOf(fork).length, 2);
    if (how.startsWith("the forks")) for (const fork of forks) process.kill(fork, "SIGKILL");
    else script.child.kill("SIGKILL");
    await until("all workers are gone", () => !workers.some(isAlive));
    script.child.kill("SIGKILL");
    await script.ended;
    await until("the forks are gone", () => !forks.some(isAlive));
    assert.deepEqual(
      readdirSync("/dev/shm").filter((name) => !before.has(name) && name.includes("futhark")),
      [],
    );
  });
}
