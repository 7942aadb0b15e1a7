import assert from "node:assert/strict";
import { test } from "node:test";
import { openPool } from "../../ts/index.ts";
import { programPath } from "../support/programs.ts";

test("a wrong option of a pool on a cluster is refused before anything starts", async () => {
  const wrong: [object, RegExp][] = [
    [{ on: "dask" }, /option on to be "ray"/],
    [{ workers: 2 }, /use actors/],
    [{ actors: 0 }, /option actors to be an integer of 1 or more, got 0/],
    [{ actors: 1.5 }, /option actors/],
    [{ actors: "2" }, /option actors/],
    [{ cpusPerActor: -1 }, /option cpusPerActor to be a number of 0 or more/],
    [{ cpusPerActor: 1.5 }, /option cpusPerActor to be a whole number or a fraction below 1/],
    [{ gpusPerActor: Number.NaN }, /option gpusPerActor/],
    [{ gpusPerActor: 2.5 }, /option gpusPerActor/],
    [{ inFlight: 0 }, /option inFlight/],
    [{ retries: -1 }, /option retries/],
    [{ lostAfterMs: 0 }, /option lostAfterMs/],
    [{ lostAfterMs: Number.POSITIVE_INFINITY }, /option lostAfterMs/],
    [{ address: "" }, /"auto" or "host:port" of the head/],
    [{ address: "local" }, /"auto" or "host:port"/],
    [{ address: "head" }, /"auto" or "host:port"/],
    [{ address: 6379 }, /"auto" or "host:port"/],
    [{ address: "ray://head:10001" }, /ray start --address=HOST:PORT --num-cpus=0/],
    [{ restart: false }, /unknown option restart/],
    [{ actor: 2 }, /did you mean actors/],
    [{ startTimeoutMs: -1 }, /option startTimeoutMs/],
  ];
  for (const [options, message] of wrong) {
    const opening = openPool(programPath("errors"), { on: "ray", ...options } as never);
    await assert.rejects(opening, { code: "bad-argument", message }, JSON.stringify(options));
  }
  await assert.rejects(openPool(programPath("errors"), { actors: 2 }), {
    code: "bad-argument",
    message: /the option actors is for a pool on a cluster, with on: "ray"/,
  });
});
