import assert from "node:assert/strict";
import { test } from "node:test";
import { BuildError, type FutharkError, WorkerExitError } from "../../ts/errors.ts";
import { type Cluster, ClusterQueue, type ClusterTask } from "../../ts/pool/ray/cluster-queue.ts";
import { Drivers } from "../../ts/pool/ray/drivers.ts";

const DEAD = new WorkerExitError("it died", { exitCode: 1, signal: null, stderr: "" });

/** A cluster that notes what it is told. */
class FakeCluster implements Cluster {
  readonly room = 2;
  isUp = true;
  refusal: unknown;
  readonly sent: [number, number][] = [];
  readonly stopped: number[] = [];
  starts = 0;

  start(): unknown {
    this.starts++;
    return this.refusal;
  }

  stop(number: number): void {
    this.stopped.push(number);
  }

  task(ends: string[], what: string): ClusterTask {
    return {
      what,
      send: (number, retries) => this.sent.push([number, retries]),
      end: () => ends.push(what),
    };
  }
}

function make(retries: number) {
  const cluster = new FakeCluster();
  const queue = new ClusterQueue(retries, cluster);
  const ends: string[] = [];
  const submit = (what: string, options = {}): Promise<unknown> =>
    queue.submit(cluster.task(ends, what), options);
  return { cluster, queue, ends, submit };
}

test("tasks in a cluster that is lost go first to the next one, each once per retry", async () => {
  const { cluster, queue, ends, submit } = make(1);
  const results = ["a", "b", "c"].map((what) => submit(what));
  assert.deepEqual(cluster.sent, [
    [1, 1],
    [2, 1],
  ]);
  let fail = (_: Error): void => {};
  queue.finish(1, () => new Promise((_, reject) => (fail = reject)));
  cluster.isUp = false;
  queue.lose(DEAD);
  fail(DEAD); // the result that was being read comes to nothing
  assert.deepEqual([cluster.starts, queue.queued, queue.running, queue.retried], [1, 3, 0, 3]);
  cluster.isUp = true;
  queue.dispatch();
  assert.deepEqual(cluster.sent.slice(3), [
    [1, 0],
    [2, 0],
  ]);
  queue.finish(2, () => "B");
  cluster.isUp = false;
  queue.lose(DEAD);
  await assert.rejects(results[0] as Promise<unknown>, { code: "worker-exit" });
  await assert.rejects(results[2] as Promise<unknown>, { code: "worker-exit" });
  assert.equal(await results[1], "B");
  assert.deepEqual(ends.sort(), ["a", "b", "c"]);
});

test("a result that is being read can be stopped, and is waited for by close", async () => {
  const { cluster, queue, ends, submit } = make(1);
  const control = new AbortController();
  const stopped = submit("a", { signal: control.signal });
  const read = submit("b");
  let give = (_: string): void => {};
  queue.finish(1, () => new Promise(() => {}));
  queue.finish(2, () => new Promise<string>((resolve) => (give = resolve)));
  control.abort();
  await assert.rejects(stopped, { code: "aborted" });
  assert.deepEqual([cluster.stopped, ends], [[], ["a"]]);
  let isClosed = false;
  const closed = queue.close().then(() => {
    isClosed = true;
  });
  await new Promise(setImmediate);
  assert.equal(isClosed, false);
  give("B");
  assert.equal(await read, "B");
  await closed;
});

test("tasks that wait while no cluster may be started fail with the reason", async () => {
  const { cluster, queue, submit } = make(1);
  cluster.isUp = false;
  const waits = submit("a");
  cluster.refusal = new BuildError("there is none");
  await assert.rejects(submit("b"), { code: "build", message: "there is none" });
  await assert.rejects(waits, { code: "build" });
  assert.equal(queue.queued, 0);
});

test("drivers that die at once are replaced after pauses that double", async (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  interface FakeChannel {
    failure: FutharkError | undefined;
    onFail?: (error: FutharkError) => FutharkError;
  }
  const opened: FakeChannel[] = [];
  const connect = (): never => {
    const channel: FakeChannel = { failure: undefined };
    opened.push(channel);
    return { channel, kill: () => {} } as never;
  };
  let failure: Error | undefined;
  let ups = 0;
  const open = () => ({
    connection: connect(),
    info: failure === undefined ? Promise.resolve({} as never) : Promise.reject(failure),
  });
  const drivers = new Drivers(connect(), open, {
    lost: () => {},
    up: () => {
      ups++;
    },
    refused: () => {},
  });
  const die = (): void => void opened.at(-1)?.onFail?.(DEAD);
  for (let i = 1; i <= 3; i++) {
    die();
    assert.equal(drivers.isUp, false);
    if (i === 3) break;
    assert.equal(drivers.start(), undefined);
    await new Promise(setImmediate);
    assert.deepEqual([drivers.isUp, ups], [true, i]);
  }
  for (const ms of [100, 200]) {
    const told = drivers.start() as Error;
    assert.match(told.message, new RegExp(`drivers have ended . times .* only after ${ms} ms`));
    now += ms - 1;
    assert.notEqual(drivers.start(), undefined);
    now += 1;
    assert.equal(drivers.start(), undefined);
    await new Promise(setImmediate);
    die();
  }
  // One that lived for longer ends the run; one that cannot be started is tried again later.
  now += 400;
  assert.equal(drivers.start(), undefined);
  await new Promise(setImmediate);
  now += 2000;
  die();
  failure = new BuildError("cannot join");
  assert.equal(drivers.start(), undefined);
  await new Promise(setImmediate);
  assert.equal(drivers.start(), failure);
  now += 100;
  failure = undefined;
  assert.equal(drivers.start(), undefined);
  await new Promise(setImmediate);
  assert.equal(drivers.isUp, true);
});
