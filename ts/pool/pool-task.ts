import type { FutharkModule } from "../module/module.ts";
import type { TaskOptions } from "./queue.ts";

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
