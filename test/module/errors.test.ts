import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { Client } from "../../ts/client/client.ts";
import type { Transport } from "../../ts/client/transport.ts";
import {
  FutharkError,
  isFutharkError,
  ProtocolError,
  TimeoutError,
  WorkerExitError,
} from "../../ts/index.ts";
import { ERROR } from "../../ts/wire/messages.ts";
import { runScript } from "../support/processes.ts";

test("isFutharkError recognizes our errors, by class and code", () => {
  assert.ok(isFutharkError(new TimeoutError("late")));
  assert.ok(isFutharkError(new TimeoutError("late"), "timeout"));
  assert.ok(!isFutharkError(new TimeoutError("late"), "protocol"));
  assert.ok(isFutharkError(new (class Mine extends FutharkError {})("build", "of a user")));
});

test("isFutharkError refuses errors of other packages with the same name and code", async () => {
  const signal = AbortSignal.timeout(0);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  const alike = Object.assign(new Error("x"), { name: "TimeoutError", code: "timeout" });
  const values = [signal.reason, AbortSignal.abort().reason, alike, new Error("x"), { code: 23 }];
  for (const value of [...values, null, undefined, "TimeoutError", 1]) {
    assert.equal(isFutharkError(value), false, String(value));
  }
  const foreign = runInNewContext(
    'Object.assign(new Error("x"), { name: "FutharkError", code: "x" })',
  );
  assert.equal(isFutharkError(foreign), false);
});

test("isFutharkError recognizes the errors of another copy of the package", async () => {
  const { stdout, stderr } = await runScript(`
    const copy = await import("./ts/errors.ts?copy");
    const error = new copy.ArgumentError("x");
    console.log(error instanceof bridge.ArgumentError, bridge.isFutharkError(error, "bad-argument"));
    console.log(copy.isFutharkError(new bridge.BuildError("x")));
  `);
  assert.equal(stdout, "false true\ntrue\n", stderr);
});

/** A transport whose other side answers each request with an error of that text. */
function answeringWith(text: string): Transport {
  let receive: (chunk: Uint8Array) => void = () => {};
  const body = new TextEncoder().encode(text);
  return {
    write: (bytes) => {
      const reply = Buffer.alloc(12 + body.byteLength);
      reply.writeUInt32LE(body.byteLength, 0);
      reply.writeUInt32LE(Buffer.from(bytes).readUInt32LE(4), 4);
      reply.writeUInt32LE(ERROR, 8);
      reply.set(body, 12);
      setImmediate(() => receive(reply));
    },
    hold: () => {},
    listen: (onData) => {
      receive = onData;
    },
    whenGone: () => {},
    kill: () => {},
    look: undefined,
    queuedBytes: 0,
    gone: async () => {},
  };
}

for (const text of ["", "{", "null", "[]", "{}", '{"code":"timeout"}', '"text"', "7", "\ufffd"]) {
  test(`a malformed error reply is a ProtocolError: ${JSON.stringify(text)}`, async () => {
    const client = new Client(answeringWith(text), 2 ** 20);
    const request = client.request({ kind: 9, write: () => {}, decode: () => {} });
    await assert.rejects(request, ProtocolError);
  });
}

test("isFutharkError with a code narrows to the class of that code", () => {
  const error: unknown = new WorkerExitError("gone", { exitCode: 3, signal: null, stderr: "" });
  if (!isFutharkError(error, "worker-exit")) assert.fail("it has this code");
  const exitCode: number | null = error.exitCode; // a compile error before the class is known
  assert.equal(exitCode, 3);
  assert.equal(isFutharkError(error, "build"), false);
});
