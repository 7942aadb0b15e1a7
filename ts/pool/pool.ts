import type { ScijsInput } from "../arguments/argument-types.ts";
import { got } from "../arguments/describe.ts";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import type { Elemtype } from "../elemtypes.ts";
import { ArgumentError, ValueStateError } from "../errors.ts";
import { checkCallOptions } from "../module/call-limits.ts";
import { type CloseOptions, checkCloseOptions } from "../module/close-options.ts";
import type { FutharkModule } from "../module/module.ts";
import { unknownNameThrows } from "../module/names.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import type { ArrayData, ElemtypeOf } from "../nd-array/typed-array.ts";
import { isPlainObject } from "../plain-object.ts";
import type { PoolInput } from "./input.ts";
import { type MapOptions, mapInOrder } from "./map.ts";
import type { PoolEntryFunction, PoolMapTask, PoolTask } from "./pool-task.ts";
import type { TaskOptions } from "./queue.ts";
import type {
  ArgsOf,
  ChainOf,
  EntryName,
  MapInputOf,
  PoolEntries,
  ResultOf,
  WithoutBindings,
} from "./types.ts";
import { chainOf, type PoolWorkers, type TaskLimits } from "./workers.ts";

// biome-ignore lint/suspicious/noExplicitAny: known only at run time
type Untyped = any;

/** The rank of an n-d array is checked at run time. */
type AnyRank = Untyped;

/**
 * A pool of workers that run the same program behind one queue: the next idle worker takes the next
 * task. A worker that ends is replaced, and its task is run again (option `retries`).
 */
export class FutharkPool<Entries = Untyped, Types = Untyped> {
  /** The entry points by name, each a {@link PoolEntryFunction}: `await pool.entry.f(x)`. */
  readonly entry: PoolEntries<Entries>;
  readonly #workers: PoolWorkers;
  #closed = false;

  /** @internal */
  constructor(workers: PoolWorkers) {
    this.#workers = workers;
    const entry: Record<string, PoolEntryFunction> = Object.create(null);
    for (const info of this.entryPoints) entry[info.name] = this.#makeEntry(info, {});
    this.entry = unknownNameThrows(entry, "entry point") as PoolEntries<Entries>;
  }

  /**
   * The modules, one per worker. Calls on them bypass the queue.
   * @throws {ArgumentError} The pool is on a cluster.
   */
  get modules(): readonly FutharkModule<Entries, Types>[] {
    return this.#workers.modules;
  }

  /** The entry points, as described by the program's manifest. */
  get entryPoints(): readonly EntryPointInfo[] {
    return this.#workers.entryPoints;
  }

  /** Number of workers; on a cluster, of actors. */
  get size(): number {
    return this.#workers.size;
  }

  /** Number of idle workers that can take a task. */
  get idle(): number {
    return this.#workers.idle;
  }

  /** Number of tasks waiting for a worker. */
  get queued(): number {
    return this.#workers.queued;
  }

  /** How many times a task was run again because its worker, or that worker's machine, was lost. */
  get retried(): number {
    return this.#workers.retried;
  }

  /**
   * Runs a task on the next idle worker.
   * @param task A function; or the name of an entry point, or names of several, each of which takes
   *   the results of the one before. Then plain data is passed and returned, and only the results
   *   of the last one are copied out.
   * @throws Any error that the task throws.
   * @throws {AbortError | TimeoutError} By rejection; the worker of a running task is ended.
   * @throws {WorkerExitError} By rejection, if the worker of the task and of each retry ended.
   * @throws {ValueStateError} By rejection, if the pool was closed before the task started.
   */
  run<R>(task: PoolTask<R, FutharkModule<Entries, Types>>, options?: TaskOptions): Promise<R>;
  run<Name extends EntryName<Entries>>(
    task: Name,
    args: ArgsOf<Entries, Name>,
    options?: TaskOptions,
  ): Promise<ResultOf<Entries, Name>>;
  run<const Names extends readonly [EntryName<Entries>, ...EntryName<Entries>[]]>(
    task: Names & ChainOf<Entries, Names>,
    args: ArgsOf<Entries, Names>,
    options?: TaskOptions,
  ): Promise<ResultOf<Entries, Names>>;
  run<R = unknown>(
    task: WithoutBindings<Entries, string | readonly string[]>,
    args: readonly unknown[],
    options?: TaskOptions,
  ): Promise<R>;
  async run(
    task: string | readonly string[] | PoolTask<unknown>,
    ...rest: readonly unknown[]
  ): Promise<unknown> {
    if (typeof task === "function") {
      const [options = {}] = rest as [TaskOptions?];
      checkCallOptions({ label: "pool.run" }, options);
      return await this.#workers.task("pool.run", async (fut) => task(fut), options);
    }
    const [args, options = {}] = rest as [readonly unknown[], TaskOptions?];
    if (!Array.isArray(args)) {
      const given = rest.length === 0 ? got(task) : `${got(task)} and ${got(args)}`;
      throw new ArgumentError(
        `pool.run: expected a function of a module, or names of entry points and an array of arguments, got ${given}`,
      );
    }
    const chain = this.#chain(task, "pool.run");
    checkCallOptions({ label: "pool.run" }, options);
    return await this.#workers.call("pool.run", chain, args, options);
  }

  /**
   * Runs a task for every input.
   * @param task A function, or the name of an entry point, or of several as for `run`: then each
   *   input is its array of arguments (or its only argument, if that is not a JS array), and the
   *   results are copied out.
   * @param inputs Consumed as workers become idle, plus `lookAhead`; closed (`return()` of the
   *   iterator) when the map fails.
   * @returns The results, in the order of the inputs.
   * @throws The error of the first task to fail. No further input is consumed, queued tasks are
   *   dropped, and running ones are waited for.
   */
  map<I, R>(
    task: PoolMapTask<I, R, FutharkModule<Entries, Types>>,
    inputs: Iterable<I> | AsyncIterable<I>,
    options?: MapOptions,
  ): Promise<R[]>;
  map<Name extends EntryName<Entries>>(
    task: Name,
    inputs: Iterable<MapInputOf<Entries, Name>> | AsyncIterable<MapInputOf<Entries, Name>>,
    options?: MapOptions,
  ): Promise<ResultOf<Entries, Name>[]>;
  map<const Names extends readonly [EntryName<Entries>, ...EntryName<Entries>[]]>(
    task: Names & ChainOf<Entries, Names>,
    inputs: Iterable<MapInputOf<Entries, Names>> | AsyncIterable<MapInputOf<Entries, Names>>,
    options?: MapOptions,
  ): Promise<ResultOf<Entries, Names>[]>;
  map<I, R = unknown>(
    task: WithoutBindings<Entries, string | readonly string[]>,
    inputs: Iterable<I> | AsyncIterable<I>,
    options?: MapOptions,
  ): Promise<R[]>;
  async map<I, R = unknown>(
    task: string | readonly string[] | PoolMapTask<I, R, FutharkModule<Entries, Types>>,
    inputs: Iterable<I> | AsyncIterable<I>,
    options: MapOptions = {},
  ): Promise<R[]> {
    if (!isPlainObject(options as unknown)) {
      throw new ArgumentError(`pool.map: expected an object of options, got ${got(options)}`);
    }
    if (this.#closed) throw new ValueStateError("freed", "the pool was closed");
    const chain = typeof task === "function" ? undefined : this.#chain(task, "pool.map");
    checkCallOptions(
      { label: "pool.map" },
      { timeoutMs: options.timeoutMs, signal: options.signal },
    );
    const workers = this.#workers;
    const submit = (
      input: I,
      index: number,
      limits: TaskOptions,
      dropped: () => boolean,
    ): Promise<R> => {
      const all: TaskLimits = { ...limits, dropped };
      const started =
        chain === undefined
          ? workers.task(
              "pool.map",
              async (fut) => (task as PoolMapTask<I, R>)(fut, input, index),
              all,
            )
          : workers.call("pool.map", chain, Array.isArray(input) ? input : [input], all);
      return started as Promise<R>;
    };
    const { lookAhead = workers.lookAhead } = options;
    return await mapInOrder(submit, inputs, this.size, { ...options, lookAhead });
  }

  /**
   * Shares an array with all tasks, to be passed in place of the data: on a cluster it is sent to
   * each node once, instead of with each task.
   * @param data A typed array, or an n-d array; copied before this resolves.
   */
  put<E extends Elemtype>(data: NdArray<E> | ScijsInput<E>): Promise<PoolInput<E, AnyRank>>;
  put<A extends ArrayData>(data: A): Promise<PoolInput<ElemtypeOf<A>, 1>>;
  async put(data: unknown): Promise<PoolInput> {
    if (this.#closed) throw new ValueStateError("freed", "the pool was closed");
    return await this.#workers.put(data);
  }

  /**
   * Rejects queued tasks, waits for running ones, and closes all modules. With `timeoutMs`, tasks
   * that take longer fail with a `ValueStateError`, and their workers are ended. Closing again
   * waits for the same operation.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkCloseOptions(options);
    this.#closed = true;
    await this.#workers.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #chain(task: unknown, where: string): readonly EntryPointInfo[] {
    const isList = Array.isArray(task) && task.every((name) => typeof name === "string");
    if (typeof task !== "string" && !isList) {
      throw new ArgumentError(
        `${where}: expected a function of a module, or names of entry points, got ${got(task)}`,
      );
    }
    return chainOf(this.entryPoints, task as string | string[], where);
  }

  #makeEntry(info: EntryPointInfo, options: TaskOptions): PoolEntryFunction {
    const { name } = info;
    // Async, so that an argument that cannot be copied causes a rejection.
    const call = async (...args: unknown[]): Promise<unknown> =>
      await this.#workers.call(name, [info], args, options);
    const withOptions = (more: TaskOptions): PoolEntryFunction => {
      checkCallOptions({ label: name }, more);
      return this.#makeEntry(info, { ...options, ...more });
    };
    Object.defineProperty(call, "name", { value: name });
    return Object.assign(call, { with: withOptions });
  }
}
