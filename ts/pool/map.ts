import { ArgumentError } from "../errors.ts";
import { aborted, onAbort } from "../module/on-abort.ts";
import type { TaskOptions } from "./queue.ts";

/** Options for `map` of a pool. */
export interface MapOptions {
  /** Called after each input with the number of finished inputs, and their total if known. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Aborts the map: the workers of running tasks are ended, no further input is consumed. */
  readonly signal?: AbortSignal;
  /** Limit in milliseconds for each task, from when its input was consumed; default none. */
  readonly timeoutMs?: number;
  /** Number of inputs to consume before a worker is idle for them; default one per worker. */
  readonly lookAhead?: number;
}

/** Submits the task for one input; `dropped` is checked when its turn comes. */
type Submit<I, R> = (
  input: I,
  index: number,
  limits: TaskOptions,
  dropped: () => boolean,
) => Promise<R>;

/** Submits a task for every input, at most `workers + lookAhead` at a time. */
export async function mapInOrder<I, R>(
  submit: Submit<I, R>,
  inputs: Iterable<I> | AsyncIterable<I>,
  workers: number,
  { onProgress, signal, timeoutMs, lookAhead = workers }: MapOptions,
): Promise<R[]> {
  if (!Number.isSafeInteger(lookAhead) || lookAhead < 0) {
    throw new ArgumentError(
      `pool.map: expected lookAhead to be an integer of 0 or more, got ${lookAhead}`,
    );
  }
  if (signal?.aborted) throw aborted("pool.map", signal);
  const total = Array.isArray(inputs) ? inputs.length : undefined;
  const source = numbered(inputs);
  const results: R[] = [];
  const limits: TaskOptions = { signal, timeoutMs };
  let done = 0;
  let failure: { error: unknown } | undefined;
  let returned: Promise<unknown> | undefined;
  const failed = (): boolean => failure !== undefined;
  const fail = (error: unknown): void => {
    if (failed()) return;
    failure = { error };
    returned = source.return(undefined).catch(() => {});
  };
  const takers: Promise<void>[] = [];
  let waiting = 0;
  const takeInputs = async (): Promise<void> => {
    try {
      while (!failed()) {
        waiting++;
        const { value: next, done: end } = await source.next().finally(() => waiting--);
        if (end || failed()) return;
        // One at a time: their number is up to the caller, and most may get no input.
        if (waiting === 0 && takers.length < workers + lookAhead) takers.push(takeInputs());
        const [index, input] = next;
        results[index] = await submit(input, index, limits, failed);
        done++;
        onProgress?.(done, total);
      }
    } catch (error) {
      fail(error);
    }
  };
  takers.push(takeInputs());
  const takeAll = async (): Promise<void> => {
    for (const taker of takers) await taker; // including those added in the meantime
    // Only now, when no input is awaited: `return` waits for the source to yield.
    await returned;
  };
  await new Promise<void>((resolve) => {
    const abort = (): void => {
      fail(aborted("pool.map", signal as AbortSignal));
      resolve();
    };
    const unwatch = signal === undefined ? undefined : onAbort(signal, abort);
    void takeAll().then(() => {
      unwatch?.();
      resolve();
    });
  });
  if (failure !== undefined) throw (failure as { error: unknown }).error;
  return results;
}

async function* numbered<I>(
  inputs: Iterable<I> | AsyncIterable<I>,
): AsyncGenerator<[number, I], undefined> {
  let index = 0;
  for await (const input of inputs) yield [index++, input];
}
