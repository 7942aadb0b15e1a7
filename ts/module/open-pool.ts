import { ArgumentError, isFutharkError, ValueStateError } from "../errors.ts";
import { Handle } from "../values/handle.ts";
import type { EntryFunction } from "./entry.ts";
import type { FutharkModule } from "./module.ts";
import { open } from "./open.ts";
import type { OpenOptions } from "./options.ts";

/** How a pool is opened: as one module is, in several workers. */
export interface PoolOptions extends OpenOptions {
  /** Number of workers, each with the program and its memory; default 2. */
  readonly workers?: number;
}

/** How a pool goes through its inputs. */
export interface MapOptions {
  /** Called after each input: how many are done, and of how many where that is known. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Stops before the next input. */
  readonly signal?: AbortSignal;
}

/** One piece of work: a function of a module and an input. Its result should be plain data. */
export type PoolTask<I, R> = (fut: FutharkModule, input: I, index: number) => Promise<R>;

/**
 * Opens a program in several workers.
 * @throws {BuildError | ArgumentError} As `open`; the workers that came up are closed again.
 */
export async function openPool(module: string, options: PoolOptions = {}): Promise<FutharkPool> {
  const { workers = 2, ...rest } = options;
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new ArgumentError(`openPool: expected workers to be an integer from 1, got ${workers}`);
  }
  // The first builds a .fut file; the others find it built.
  const first = await open(module, rest);
  const others = await Promise.allSettled(
    Array.from({ length: workers - 1 }, () => open(module, rest)),
  );
  const opened = others.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = others.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await Promise.all([first, ...opened].map((fut) => fut.close()));
    throw failed.reason;
  }
  return new FutharkPool([first, ...opened], () => open(module, rest));
}

/** Several workers with the same program, and a queue before them. */
export class FutharkPool {
  /** The modules, one per worker. One whose worker was lost is replaced. */
  readonly modules: FutharkModule[];
  readonly #reopen: () => Promise<FutharkModule>;
  #closed = false;

  /** @internal */
  constructor(modules: FutharkModule[], reopen: () => Promise<FutharkModule>) {
    this.modules = modules;
    this.#reopen = reopen;
  }

  /**
   * Does a task for every input, on whichever worker is free.
   *
   * Inputs are taken from the iterable only as workers become free. Where a worker is lost
   * its task alone is done once more, on a fresh worker; not so an entry point that consumes
   * an argument, whose input may be half used.
   * @param task A function, or an entry point's name: then each input is its list of
   *   arguments (or its one argument, if that is no JS array), and the results are copied out.
   * @returns The results, in the order of the inputs.
   * @throws The first task's error; no further input is taken, and running tasks are waited for.
   */
  async map<I, R = unknown>(
    task: string | PoolTask<I, R>,
    inputs: Iterable<I> | AsyncIterable<I>,
    options: MapOptions = {},
  ): Promise<R[]> {
    if (this.#closed) throw new ValueStateError("freed", "the pool was closed");
    const run = typeof task === "string" ? (this.#entryTask(task) as PoolTask<I, R>) : task;
    const retry = typeof task !== "string" || !this.#consumes(task);
    const total = Array.isArray(inputs) ? inputs.length : undefined;
    const source = numbered(inputs);
    const results: R[] = [];
    let done = 0;
    let failure: { error: unknown } | undefined;
    const work = async (worker: number): Promise<void> => {
      while (failure === undefined) {
        options.signal?.throwIfAborted();
        const { value: next, done: end } = await source.next();
        if (end) return;
        const [index, input] = next;
        results[index] = await this.#once(worker, run, input, index, retry);
        done++;
        options.onProgress?.(done, total);
      }
    };
    const guarded = async (worker: number): Promise<void> => {
      try {
        await work(worker);
      } catch (error) {
        failure ??= { error };
      }
    };
    await Promise.all(this.modules.map((_, worker) => guarded(worker)));
    if (failure !== undefined) throw failure.error;
    return results;
  }

  /** Closes all modules. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.modules.map((fut) => fut.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #once<I, R>(
    worker: number,
    task: PoolTask<I, R>,
    input: I,
    index: number,
    retry: boolean,
  ): Promise<R> {
    try {
      return await task(this.modules[worker] as FutharkModule, input, index);
    } catch (error) {
      if (!isFutharkError(error, "worker-exit")) throw error;
      this.modules[worker] = await this.#reopen();
      if (!retry) throw error;
      return await task(this.modules[worker] as FutharkModule, input, index);
    }
  }

  #consumes(entry: string): boolean {
    const info = this.modules[0]?.entryPoints.find(({ name }) => name === entry);
    return info?.inputs.some(({ unique }) => unique) ?? false;
  }

  #entryTask(name: string): PoolTask<unknown, unknown> {
    return async (fut, input) => {
      const entry = (fut.entry as Record<string, EntryFunction>)[name] as EntryFunction;
      const result: unknown = await entry(...(Array.isArray(input) ? input : [input]));
      return copyResult(fut, result);
    };
  }
}

/** Copies a result out of a worker that will go on to other work, and frees it there. */
async function copyResult(fut: FutharkModule, result: unknown): Promise<unknown> {
  if (Array.isArray(result)) return Promise.all(result.map((part) => copyResult(fut, part)));
  if (!(result instanceof Handle)) return result;
  const copy = await fut.fromFuthark(result);
  result.free();
  return copy;
}

async function* numbered<I>(
  inputs: Iterable<I> | AsyncIterable<I>,
): AsyncGenerator<[number, I], undefined> {
  let index = 0;
  for await (const input of inputs) yield [index++, input];
}
