import { got } from "../arguments/got.ts";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import { ArgumentError, ValueStateError } from "../errors.ts";
import { isPlainObject } from "../plain-object.ts";
import { didYouMean } from "../spelling.ts";
import { Handle } from "../values/handle.ts";
import { within } from "../worker/within.ts";
import { type CloseOptions, checkCloseOptions } from "./close-options.ts";
import { checkCallOptions } from "./entry.ts";
import type { FutharkModule } from "./module.ts";
import { unknownNameThrows } from "./names.ts";
import { copyArguments } from "./pool-arguments.ts";
import { type MapOptions, mapInOrder } from "./pool-map.ts";
import { PoolQueue, type TaskOptions } from "./pool-queue.ts";
import type { PoolEntries } from "./pool-types.ts";
import { MAX_TIMER_MS } from "./timer.ts";

/** A task: a function that uses a module with one worker and should return plain data. */
export type PoolTask<R, Module = FutharkModule> = (fut: Module) => Promise<R>;

/** A task that is run once per input. */
export type PoolMapTask<I, R, Module = FutharkModule> = (
  fut: Module,
  input: I,
  index: number,
) => Promise<R>;

/** An entry point of a pool: takes plain data, copied at the call, and returns plain data. */
export interface PoolEntryFunction {
  // biome-ignore lint/suspicious/noExplicitAny: known only from the manifest
  (...args: any[]): Promise<any>;
  /** Returns the same entry point with limits on its calls. */
  with(options: TaskOptions): PoolEntryFunction;
}

// biome-ignore lint/suspicious/noExplicitAny: known only at run time
type Untyped = any;

/**
 * A pool of workers that run the same program behind one queue: the next idle worker takes the next
 * task. A worker that ends is replaced, and its task is run again (option `retries`).
 */
export class FutharkPool<Entries = Untyped, Types = Untyped> {
  /** The modules, one per worker. Calls on them bypass the queue. */
  readonly modules: readonly FutharkModule<Entries, Types>[];
  /** The entry points by name, each a {@link PoolEntryFunction}: `await pool.entry.f(x)`. */
  readonly entry: PoolEntries<Entries>;
  readonly #queue: PoolQueue;
  #closed = false;

  /** @internal */
  constructor(modules: readonly FutharkModule[], retries: number) {
    this.modules = modules;
    this.#queue = new PoolQueue(modules, retries);
    const entry: Record<string, PoolEntryFunction> = Object.create(null);
    for (const info of this.entryPoints) entry[info.name] = this.#makeEntry(info, {});
    this.entry = unknownNameThrows(entry, "entry point") as PoolEntries<Entries>;
  }

  /** The entry points, as described by the program's manifest. */
  get entryPoints(): readonly EntryPointInfo[] {
    return (this.modules[0] as FutharkModule).entryPoints; // a pool has at least one
  }

  /** Number of workers. */
  get size(): number {
    return this.modules.length;
  }

  /** Number of idle workers that can take a task. */
  get idle(): number {
    return this.#queue.idle;
  }

  /** Number of tasks waiting for a worker. */
  get queued(): number {
    return this.#queue.queued;
  }

  /**
   * Runs a task on the next idle worker.
   * @throws Any error that the task throws.
   * @throws {AbortError | TimeoutError} By rejection; the worker of a running task is ended.
   * @throws {WorkerExitError} By rejection, if the worker of the task and of each retry ended.
   * @throws {ValueStateError} By rejection, if the pool was closed before the task started.
   */
  async run<R>(
    task: PoolTask<R, FutharkModule<Entries, Types>>,
    options: TaskOptions = {},
  ): Promise<R> {
    if (typeof task !== "function") {
      throw new ArgumentError(`pool.run: expected a function of a module, got ${got(task)}`);
    }
    checkCallOptions({ label: "pool.run" }, options);
    return await this.#queue.submit("pool.run", async (fut) => task(fut), options);
  }

  /**
   * Runs a task for every input.
   * @param task A function, or the name of an entry point: then each input is its array of
   *   arguments (or its only argument, if that is not a JS array), and the results are copied out.
   * @param inputs Consumed as workers become idle, plus `lookAhead`; closed (`return()` of the
   *   iterator) when the map fails.
   * @returns The results, in the order of the inputs.
   * @throws The error of the first task to fail. No further input is consumed, queued tasks are
   *   dropped, and running ones are waited for.
   */
  async map<I, R = unknown>(
    task: string | PoolMapTask<I, R, FutharkModule<Entries, Types>>,
    inputs: Iterable<I> | AsyncIterable<I>,
    options: MapOptions = {},
  ): Promise<R[]> {
    if (!isPlainObject(options as unknown)) {
      throw new ArgumentError(`pool.map: expected an object of options, got ${got(options)}`);
    }
    if (this.#closed) throw new ValueStateError("freed", "the pool was closed");
    const entry = typeof task === "string" ? this.#entryTask(task) : undefined;
    checkCallOptions(
      { label: "pool.map" },
      { timeoutMs: options.timeoutMs, signal: options.signal },
    );
    const submit = (
      input: I,
      index: number,
      limits: TaskOptions,
      dropped: () => boolean,
    ): Promise<R> => {
      const start = entry?.(input) ?? ((fut) => (task as PoolMapTask<I, R>)(fut, input, index));
      // After a failure, the result of a task that starts now would be discarded.
      const run = async (fut: FutharkModule): Promise<R> =>
        dropped() ? (undefined as R) : ((await start(fut)) as R);
      return this.#queue.submit("pool.map", run, limits);
    };
    return await mapInOrder(submit, inputs, this.size, options);
  }

  /**
   * Rejects queued tasks, waits for running ones, and closes all modules. With `timeoutMs`, tasks
   * that take longer fail with a `ValueStateError`, and their workers are ended. Closing again
   * waits for the same operation.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkCloseOptions(options);
    this.#closed = true;
    const { timeoutMs = Number.POSITIVE_INFINITY } = options;
    const idle = this.#queue.close();
    const started = performance.now();
    // A longer timer would fire immediately.
    if (timeoutMs > MAX_TIMER_MS) await idle;
    else if (!(await within(timeoutMs, (done) => void idle.then(done)))) {
      this.#queue.abandon(timeoutMs);
    }
    const left = Math.max(0, Math.ceil(timeoutMs - (performance.now() - started)));
    await Promise.all(this.modules.map((fut) => fut.close({ timeoutMs: left })));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Returns a function that makes a task from an input, for `map`. */
  #entryTask(name: string): (input: unknown) => PoolTask<unknown> {
    const info = this.entryPoints.find((each) => each.name === name);
    if (info === undefined) {
      const names = this.entryPoints.map((each) => each.name);
      throw new ArgumentError(
        `pool.map: the program has no entry point ${name}; it has ${names.join(", ")}${didYouMean(name, names)}`,
      );
    }
    return (input) => callTask(info, Array.isArray(input) ? input : [input]);
  }

  #makeEntry(info: EntryPointInfo, options: TaskOptions): PoolEntryFunction {
    const { name } = info;
    // Async, so that an argument that cannot be copied causes a rejection.
    const call = async (...args: unknown[]): Promise<unknown> =>
      await this.#queue.submit(name, callTask(info, args), options);
    const withOptions = (more: TaskOptions): PoolEntryFunction => {
      checkCallOptions({ label: name }, more);
      return this.#makeEntry(info, { ...options, ...more });
    };
    Object.defineProperty(call, "name", { value: name });
    return Object.assign(call, { with: withOptions });
  }
}

/** Makes the task for one call; copies the arguments, as the caller may change them meanwhile. */
function callTask(info: EntryPointInfo, args: readonly unknown[]): PoolTask<unknown> {
  const copies = copyArguments(args, info);
  return async (fut) => copyResult(fut, await fut.entry[info.name](...copies), info.name);
}

/** Copies a result out of its worker, and frees it there. */
async function copyResult(fut: FutharkModule, result: unknown, entry: string): Promise<unknown> {
  if (Array.isArray(result)) {
    return Promise.all(result.map((part) => copyResult(fut, part, entry)));
  }
  if (!(result instanceof Handle)) return result;
  try {
    const copy = await fut.fromFuthark(result);
    if (!(copy instanceof Handle)) return copy;
    throw new ArgumentError(
      `${entry}: its result of type ${result.type} has no form outside its worker; use pool.run with a function that goes on with it there`,
    );
  } finally {
    result.free();
  }
}
