import { got } from "../arguments/got.ts";
import { attemptWith, leaveFailures } from "../arguments/leave-failures.ts";
import type { EntryPointInfo, ProgramInfo, TuningParamInfo } from "../bindings/program-info.ts";
import type { Answer, Blocking, Manner } from "../client/answer.ts";
import type { Request } from "../client/request.ts";
import { type Elemtype, isElemtypeName } from "../elemtypes.ts";
import { ArgumentError, type FutharkError, KILLED, WorkerExitError } from "../errors.ts";
import { allocArray, type BorrowedArray } from "../transfer/borrowed-array.ts";
import type { CopiesOf, CopyOf } from "../values/plain.ts";
import { CONTEXT, CONTEXT_ACTIONS } from "../wire/messages.ts";
import type { CloseOptions } from "./close-options.ts";
import { copyValues } from "./copy-values.ts";
import { type CallContext, type EntryFunction, makeEntry } from "./entry.ts";
import { FutharkType } from "./futhark-type.ts";
import { unknownNameThrows, unspaced } from "./names.ts";
import type { WorkerEnd } from "./worker-end.ts";

/** The present worker of a module. */
export interface WorkerControl {
  readonly pid: number | undefined;
  readonly ended: Promise<WorkerEnd>;
  onEnd(listener: (end: WorkerEnd) => void): () => void;
  /** Ends it; what is pending is rejected with `error`. */
  stop(error: FutharkError): void;
  /** Why no worker will run again; `undefined` while one may. */
  readonly down: FutharkError | undefined;
}

/** What runs a module: its session, and how that is ended. */
export interface Runner<M extends Manner> extends CallContext<M> {
  readonly worker?: WorkerControl;
  /** @throws {ArgumentError} In the manner of the module's channel. */
  close(options: CloseOptions): Answer<M, void>;
}

// biome-ignore lint/suspicious/noExplicitAny: what a program has is known at run time only; bindings type it
type Untyped = any;

/**
 * A Futhark program, loaded in a worker.
 * `Entries` and `Types` come from the bindings that `futhark-bridge types` writes.
 */
export class FutharkModule<Entries = Untyped, Types = Untyped, M extends Manner = "promise"> {
  /** The end of a worker, which is no result of a call, is told by `onWorkerEnd` alone. */
  declare readonly "~blocking": Omit<
    FutharkModule<Blocking<Entries>, Blocking<Types>, "blocking">,
    "workerEnd" | "~blocking"
  >;
  /** The entry points, by name: an {@link EntryFunction} each. */
  readonly entry: Entries;
  /** The program's types other than scalars, by Futhark's name: a {@link FutharkType} each. */
  readonly types: Types;
  readonly #runner: Runner<M>;
  readonly #info: ProgramInfo;

  /** @internal */
  constructor(runner: Runner<M>) {
    this.#runner = runner;
    const { catalog, info } = runner.session();
    this.#info = info;
    // No prototype: an entry point may be called `constructor` or `toString`.
    const entry: Record<string, EntryFunction> = Object.create(null);
    for (const operation of catalog.operations) {
      if (operation.info.of === "entry") entry[operation.label] = makeEntry(operation, runner);
    }
    const types: Record<string, FutharkType<M>> = Object.create(null);
    for (const [name, info] of catalog.types) {
      types[name] = new FutharkType(info, (value) => runner.session([value]));
    }
    this.entry = unknownNameThrows(entry, "entry point") as Entries;
    this.types = unknownNameThrows(types, "type", unspaced) as Types;
  }

  /** The entry points as the program's manifest describes them. */
  get entryPoints(): readonly EntryPointInfo[] {
    return this.#info.entryPoints;
  }

  /** The back end that the program was compiled for: `c`, `multicore`, `opencl`, … */
  get backend(): string {
    return this.#info.backend;
  }

  /** Version of the compiler, where the manifest tells it. */
  get compilerVersion(): string | null {
    return this.#info.compilerVersion;
  }

  /** The tuning parameters that the option `tuning` takes. */
  get tuningParams(): readonly TuningParamInfo[] {
    return this.#info.tuningParams;
  }

  /**
   * Copies data into Futhark: futhark_ffi's `to_futhark`.
   * @param type Name of a type of the program: `[][]f32`, `point`.
   * @param data Whatever an entry point takes for a parameter of that type.
   */
  toFuthark(type: string, data: unknown): Answer<M, object> {
    const { channel } = this.#runner.session([data]);
    // A name that is unknown throws.
    const types = this.types as Record<string, FutharkType<M>>;
    return attemptWith(channel, [type, data], () => (types[type] as FutharkType<M>).new(data));
  }

  /**
   * Copies values out of Futhark: futhark_ffi's `from_futhark`. One handle gives its data,
   * several give an array of them: NdArrays for arrays, plain objects for the rest.
   * A pending call may stand for its handle: a small array then comes with the call's reply,
   * in one round trip. The handles stay as they are.
   */
  fromFuthark<T>(handle: T): Answer<M, CopyOf<T>>;
  fromFuthark<T extends readonly unknown[]>(...handles: T): Answer<M, CopiesOf<T>>;
  fromFuthark(...handles: unknown[]): Answer<M, unknown> {
    return copyValues(this.#runner.session(handles), handles);
  }

  /**
   * An array in shared memory, to be filled and passed as an argument: the worker reads it
   * where it lies, so it must not change before the call is answered. Its content is
   * undefined at first. Where memory is not shared, an ordinary array: slower, never different.
   */
  alloc<E extends Elemtype>(elemtype: E, shape: readonly number[]): BorrowedArray<E> {
    try {
      if (!isElemtypeName(elemtype)) {
        throw new ArgumentError(`alloc: expected an elemtype, got ${got(elemtype)}`);
      }
      if (!Array.isArray(shape)) {
        throw new ArgumentError(`alloc: expected a shape as an array of sizes, got ${got(shape)}`);
      }
      return allocArray(this.#runner.session(), elemtype, shape);
    } catch (error) {
      leaveFailures([elemtype, shape]);
      throw error;
    }
  }

  /** Waits until all work on the device is done, and tells of errors that came late. */
  sync(): Answer<M, void> {
    return this.#context("sync", nothing);
  }

  /** Frees memory that Futhark keeps for reuse. */
  clearCaches(): Answer<M, void> {
    return this.#context("clearCaches", nothing);
  }

  /** Futhark's profile so far, as JSON text for `futhark profile`; needs the option `profiling`. Reading it empties it. */
  report(): Answer<M, string> {
    return this.#context("report", (reply) => reply.text());
  }

  pauseProfiling(): Answer<M, void> {
    return this.#context("pauseProfiling", nothing);
  }

  unpauseProfiling(): Answer<M, void> {
    return this.#context("unpauseProfiling", nothing);
  }

  /**
   * Imports a Python module, or a file by its path, where the program runs: a proxy of pythonia's.
   *
   * `await np.linalg.norm(x)` calls; `await np.pi` reads; a trailing `$` takes keywords from a last
   * object: `np.sum$(x, { axis: 0 })`, where `$timeout` in ms limits the wait and `$proxy: true`
   * gives a proxy even for a plain result. Numbers, bigints, strings, `Uint8Array` (bytes) and
   * NdArray (numpy arrays) cross by value, as copies. A handle, or a pending call, arrives as a
   * numpy array of its own: a copy, as Futhark may overwrite what it holds. Functions are
   * callbacks. All other Python objects are proxies; `await object.valueOf()` copies a list or dict.
   * @throws {PythonError} By rejection: an exception, with Python's traceback.
   */
  // biome-ignore lint/suspicious/noExplicitAny: what Python gives is Python's to know
  async python(name: string): Promise<any> {
    const { importPython } = await import("../python/import-python.ts");
    return importPython(this.#runner.session(), name);
  }

  /** @internal Why no call will succeed again; `undefined` while one may. */
  get down(): FutharkError | undefined {
    return this.#runner.worker?.down;
  }

  /** The worker's process id; `undefined` where none runs just now, or the process is another's. */
  get pid(): number | undefined {
    return this.#runner.worker?.pid;
  }

  /**
   * Resolves when the worker of just now has ended, however that comes about; where none runs, how
   * the last one ended. The next call that needs none of its values starts another, which has a
   * promise of its own. To wait for it does not keep Node running.
   */
  get workerEnd(): Promise<WorkerEnd> {
    return this.#worker("workerEnd").ended;
  }

  /**
   * Has `listener` called at the end of each worker that the module comes to have.
   * @returns Takes that back.
   */
  onWorkerEnd(listener: (end: WorkerEnd) => void): () => void {
    return this.#worker("onWorkerEnd").onEnd(listener);
  }

  /**
   * Ends the worker at once. Pending calls fail with a `WorkerExitError`, all values are lost, and
   * say so; the next call starts another worker.
   */
  kill(): void {
    this.#worker("kill").stop(new WorkerExitError("the worker was ended by kill()", KILLED));
  }

  /**
   * Waits for running calls, frees all values and ends the worker. Closing again waits for the same.
   * With `timeoutMs` calls that run longer fail with a `WorkerExitError`.
   */
  close(options: CloseOptions = {}): Answer<M, void> {
    return this.#runner.close(options);
  }

  [Symbol.asyncDispose](): Answer<M, void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    // Where closing is asynchronous nobody waits for it: the worker ends all the same.
    const closing: unknown = this.close();
    if (closing instanceof Promise) closing.catch(() => {});
  }

  #worker(what: string): WorkerControl {
    const { worker } = this.#runner;
    if (worker !== undefined) return worker;
    throw new ArgumentError(
      `${what}: the process was attached to, and is not ours to watch or end`,
    );
  }

  #context<T>(action: ContextAction, decode: Request<T>["decode"]): Answer<M, T> {
    const write: Request<T>["write"] = (body) => body.u32(CONTEXT_ACTIONS[action]);
    return this.#runner.session().channel.request({ kind: CONTEXT, write, decode });
  }
}

type ContextAction = keyof typeof CONTEXT_ACTIONS;

function nothing(): void {}
