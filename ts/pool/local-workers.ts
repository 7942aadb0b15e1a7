import type { EntryPointInfo } from "../bindings/program-info.ts";
import { ArgumentError } from "../errors.ts";
import type { CloseOptions } from "../module/close-options.ts";
import type { FutharkModule } from "../module/module.ts";
import { MAX_TIMER_MS } from "../module/timer.ts";
import { nd } from "../nd-array/nd.ts";
import { Handle } from "../values/handle.ts";
import { within } from "../worker/within.ts";
import { copyArguments } from "./arguments.ts";
import { LocalInput } from "./input.ts";
import { PoolQueue } from "./queue.ts";
import type { PoolWorkers, TaskLimits } from "./workers.ts";

/** The workers of a pool on this machine: one module each. */
export class LocalWorkers implements PoolWorkers {
  readonly modules: readonly FutharkModule[];
  readonly #queue: PoolQueue;

  constructor(modules: readonly FutharkModule[], retries: number) {
    this.modules = modules;
    this.#queue = new PoolQueue(modules, retries);
  }

  get entryPoints(): readonly EntryPointInfo[] {
    return (this.modules[0] as FutharkModule).entryPoints; // a pool has at least one
  }

  get size(): number {
    return this.modules.length;
  }

  get idle(): number {
    return this.#queue.idle;
  }

  get queued(): number {
    return this.#queue.queued;
  }

  get lookAhead(): number {
    return this.size;
  }

  get retried(): number {
    return this.#queue.retried;
  }

  task(
    what: string,
    run: (fut: FutharkModule) => Promise<unknown>,
    { dropped, ...limits }: TaskLimits,
  ): Promise<unknown> {
    // The map has failed, so the result would be discarded.
    const start = async (fut: FutharkModule): Promise<unknown> =>
      dropped?.() ? undefined : await run(fut);
    return this.#queue.submit(what, dropped === undefined ? run : start, limits);
  }

  call(
    what: string,
    chain: readonly EntryPointInfo[],
    args: readonly unknown[],
    limits: TaskLimits,
  ): Promise<unknown> {
    // The caller may change the arguments meanwhile.
    const copies = copyArguments(args, chain[0] as EntryPointInfo);
    return this.task(what, (fut) => runChain(fut, chain, copies), limits);
  }

  async put(data: unknown): Promise<LocalInput> {
    return new LocalInput(nd(data as never).copy());
  }

  async close({ timeoutMs = Number.POSITIVE_INFINITY }: CloseOptions): Promise<void> {
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
}

/** Calls entry points, each with the results of the one before, and copies the last results out. */
async function runChain(
  fut: FutharkModule,
  chain: readonly EntryPointInfo[],
  args: readonly unknown[],
): Promise<unknown> {
  const [first, ...rest] = chain as [EntryPointInfo, ...EntryPointInfo[]];
  let info = first;
  let result: unknown = await fut.entry[info.name](...args);
  for (const next of rest) {
    const values = info.outputs.length === 1 ? [result] : (result as readonly unknown[]);
    try {
      result = await fut.entry[next.name](...values);
    } finally {
      for (const value of values) if (value instanceof Handle) value.free();
    }
    info = next;
  }
  return copyResult(fut, result, info.name);
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
      `${entry}: its result of type ${result.type} cannot leave its worker; use pool.run with a function that uses it there`,
    );
  } finally {
    result.free();
  }
}
