import type { EntryPointInfo } from "../bindings/program-info.ts";
import { ArgumentError } from "../errors.ts";
import type { CloseOptions } from "../module/close-options.ts";
import type { FutharkModule } from "../module/module.ts";
import { didYouMean } from "../spelling.ts";
import type { PoolInput } from "./input.ts";
import type { TaskOptions } from "./queue.ts";

/** Limits of a task, and whether its result is still wanted when its turn comes. */
export interface TaskLimits extends TaskOptions {
  readonly dropped?: () => boolean;
}

/** The workers of a pool, on this machine or on a cluster. */
export interface PoolWorkers {
  /** @throws {ArgumentError} The workers are elsewhere. */
  readonly modules: readonly FutharkModule[];
  readonly entryPoints: readonly EntryPointInfo[];
  readonly size: number;
  readonly idle: number;
  readonly queued: number;
  /** How many inputs a map consumes ahead of idle workers. */
  readonly lookAhead: number;
  /** How many times a task was run again because its worker was lost. */
  readonly retried: number;
  /** Runs a function with a module; `what` names it in messages. */
  task(
    what: string,
    run: (fut: FutharkModule) => Promise<unknown>,
    limits: TaskLimits,
  ): Promise<unknown>;
  /**
   * Calls entry points, each with the results of the one before, on plain data that is copied
   * before this returns.
   * @throws {ArgumentError} An argument does not fit, or is not plain data.
   */
  call(
    what: string,
    chain: readonly EntryPointInfo[],
    args: readonly unknown[],
    limits: TaskLimits,
  ): Promise<unknown>;
  put(data: unknown): Promise<PoolInput>;
  close(options: CloseOptions): Promise<void>;
}

/**
 * Returns the entry points of a name or a list of names.
 * @throws {ArgumentError} There is no such entry point, or one does not take what the one before
 *   returns.
 */
export function chainOf(
  entryPoints: readonly EntryPointInfo[],
  given: string | readonly string[],
  where: string,
): readonly EntryPointInfo[] {
  const names = typeof given === "string" ? [given] : given;
  if (names.length === 0) throw new ArgumentError(`${where}: expected an entry point, got none`);
  const chain = names.map((name) => {
    const info = entryPoints.find((each) => each.name === name);
    if (info !== undefined) return info;
    const known = entryPoints.map((each) => each.name);
    throw new ArgumentError(
      `${where}: the program has no entry point ${name}; it has ${known.join(", ")}${didYouMean(String(name), known)}`,
    );
  });
  for (const [i, { name, inputs }] of chain.entries()) {
    const before = chain[i - 1];
    if (before === undefined) continue;
    const expected = inputs.map(({ type }) => type).join(", ");
    const got = before.outputs.map(({ type }) => type).join(", ");
    if (expected !== got) {
      throw new ArgumentError(
        `${where}: ${name} takes (${expected}), and ${before.name} returns (${got})`,
      );
    }
  }
  return chain;
}
