import type { Manner } from "../client/answer.ts";
import type { Channel } from "../client/channel.ts";
import { Session } from "../client/session.ts";
import { hasSlots, SLOTS } from "../client/slot.ts";
import { workerEnds } from "../client/tracing.ts";
import {
  BuildError,
  type FutharkError,
  NO_PROCESS,
  ValueStateError,
  WorkerExitError,
} from "../errors.ts";
import { makeHandle } from "../values/make-handle.ts";
import type { OpenedInfo, WorkerConnection } from "./hello.ts";
import type { WorkerEnd } from "./worker-end.ts";

/** The program of a {@link WorkerRunner}, and how to start it. */
export interface Program<M extends Manner, C extends WorkerConnection<M>> {
  /** Name or path as given by the caller. */
  readonly name: string;
  readonly info: OpenedInfo;
  /**
   * Starts another worker, to load a module.
   * @throws {FutharkError} If it cannot be started.
   */
  connect(module: string): C;
  /** Makes a worker load a module within its time limit; on failure its channel fails too. */
  load(connection: C, module: string, accept: (info: OpenedInfo) => void): void;
  /** Returns a channel that rejects all requests with `error`. */
  refuse(error: FutharkError): Channel<M>;
  /** Whether a worker that has ended is replaced. */
  readonly restart: boolean;
  /** How many early deaths in a row keep the module down; default {@link MAX_EARLY_DEATHS}. */
  readonly maxEarlyDeaths?: number;
}

/** Deaths of workers right after their start, one after another. */
export interface EarlyDeaths {
  readonly count: number;
  /** When the last one was noticed, on the clock of `performance.now()`. */
  readonly at: number;
  readonly error: WorkerExitError;
}

/**
 * The current worker of a module with its session, and the replacements of both.
 *
 * When a worker ends for any reason, its channel fails. The next call that uses none of its values
 * starts another one; workers are replaced nowhere else. Calls made while that one loads are
 * queued; if loading fails, they fail too, and the next call tries again.
 */
export class WorkerRunner<M extends Manner, C extends WorkerConnection<M>> {
  readonly #program: Program<M, C>;
  #connection: C;
  #session: Session<M>;
  #startedAt: number = performance.now();
  #loaded = true;
  #earlyDeaths: EarlyDeaths | undefined;
  /** The reason why a worker that has ended is not replaced. */
  #down: FutharkError | undefined;
  #closed = false;
  /** Whether we are ending the current worker. */
  #ending = false;
  #end!: Promise<WorkerEnd>; // assigned together with the session
  readonly #alive: Set<Promise<WorkerEnd>> = new Set();
  readonly #listeners: Set<(end: WorkerEnd) => void> = new Set();

  constructor(program: Program<M, C>, first: C) {
    this.#program = program;
    this.#connection = first;
    this.#session = this.#newSession(first);
  }

  get info(): OpenedInfo {
    return this.#program.info;
  }

  get connection(): C {
    return this.#connection;
  }

  /** Process ID of the current worker; `undefined` if there is none. */
  get pid(): number | undefined {
    return this.#connection.channel.failure === undefined ? this.#connection.pid : undefined;
  }

  /**
   * Returns the session to use for a call.
   * @param args Arguments of the call; if one is already lost, no new worker is started for it.
   */
  session(args?: readonly unknown[]): Session<M> {
    const failed = this.#connection.channel.failure !== undefined;
    if (failed && !this.#closed && this.#down === undefined && !args?.some(isGone)) this.#replace();
    return this.#session;
  }

  /** Ends the worker; rejects running and queued calls with `error`. */
  stop(error: FutharkError): void {
    this.#ending = true;
    this.#connection.channel.fail(error);
    this.#connection.kill();
  }

  /**
   * Stops replacing workers that end.
   * @returns `false` if already closed.
   */
  close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    if (this.#connection.channel.failure !== undefined) {
      this.#refuse(this.#closedError());
    }
    return true;
  }

  /** Returns the reason why no worker will run again; `undefined` while one can. */
  get down(): FutharkError | undefined {
    return this.#closed ? this.#closedError() : this.#down;
  }

  /** The latest early deaths; `undefined` if a worker has lived for longer since. */
  get earlyDeaths(): EarlyDeaths | undefined {
    return this.#earlyDeaths;
  }

  /** Resolves when all workers have ended. */
  async allEnded(): Promise<void> {
    await Promise.all(this.#alive);
  }

  /** Resolves when the current worker, or else the last one, has ended. */
  get ended(): Promise<WorkerEnd> {
    return this.#end;
  }

  onEnd(listener: (end: WorkerEnd) => void): () => void {
    const own = (end: WorkerEnd): void => listener(end);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  #replace(): void {
    const { loaded } = this.#program.info;
    const { name } = this.#program;
    // Use the module built when the program was opened, as its source may have changed since.
    const module = name.endsWith(".fut") ? loaded.path : name;
    let next: C;
    try {
      next = this.#program.connect(module);
    } catch (error) {
      this.#refuse(error as FutharkError);
      return;
    }
    this.#startedAt = performance.now();
    this.#loaded = false;
    this.#ending = false;
    this.#connection = next;
    this.#session = this.#newSession(next);
    this.#program.load(next, module, (info) => {
      if (description(info) !== description(this.info)) {
        this.#down = new BuildError(
          `${name}: the file ${info.loaded.path} has changed since the module was opened, and its worker has exited: open it again`,
        );
        next.channel.fail(this.#down);
        throw this.#down;
      }
      this.#loaded = true;
      this.#startedAt = performance.now();
    });
  }

  #closedError(): FutharkError {
    return new ValueStateError("freed", `the module ${this.#program.name} was closed`);
  }

  #refuse(error: FutharkError): void {
    this.#session = new Session(this.#program.refuse(error), this.info, makeHandle);
  }

  #newSession(connection: C): Session<M> {
    const { channel, pid, ended } = connection;
    const session = new Session(channel, this.info, makeHandle);
    channel.beforeFlush = () => session.beforeFlush();
    let reason: FutharkError;
    channel.onFail = (error) => {
      reason = error;
      session.lose(error.message);
      return this.#afterEnd(error);
    };
    const end = ended.then(({ exitCode, signal, stderr }): WorkerEnd => {
      this.#alive.delete(end);
      const facts = { pid, exitCode, signal, stderr, reason };
      if (workerEnds.hasSubscribers) workerEnds.publish({ module: this.#program.name, ...facts });
      return facts;
    });
    this.#alive.add(end);
    this.#end = end;
    void end.then((facts) => {
      // Call each in its own microtask, so that an exception in one does not affect the others.
      for (const listener of this.#listeners) void Promise.resolve(facts).then(listener);
    });
    return session;
  }

  /** Decides whether the worker may be replaced; returns the error for later calls otherwise. */
  #afterEnd(error: FutharkError): FutharkError {
    if (this.#closed || this.#down !== undefined) return this.#down ?? error;
    const early = !this.#loaded || performance.now() - this.#startedAt < EARLY_MS;
    if (!early) this.#earlyDeaths = undefined;
    // What ends a worker on purpose neither counts nor ends a run of early deaths.
    else if (!this.#ending && error instanceof WorkerExitError) {
      const count = (this.#earlyDeaths?.count ?? 0) + 1;
      this.#earlyDeaths = { count, at: performance.now(), error };
    }
    const { restart, maxEarlyDeaths = MAX_EARLY_DEATHS } = this.#program;
    const deaths = this.#earlyDeaths?.count ?? 0;
    const why = restart
      ? deaths < maxEarlyDeaths
        ? undefined
        : `workers have ended ${deaths} times within a second of their start, so no other is started`
      : "no other is started (option restart)";
    if (why === undefined) return error;
    const facts = error instanceof WorkerExitError ? error : NO_PROCESS;
    this.#down = new WorkerExitError(`${why}: ${error.message}`, facts, { cause: error });
    return this.#down;
  }
}

/** Returns whether a value was lost with its worker, or never made. */
function isGone(value: unknown): boolean {
  return (
    hasSlots(value) && value[SLOTS].some(({ state }) => state === "lost" || state === "failed")
  );
}

/** Returns the properties that a reloaded program must share with the original one. */
function description({ sharedMemory: _, ...program }: OpenedInfo): string {
  return JSON.stringify(program);
}

/** How many early deaths in a row are replaced at once. */
export const MAX_EARLY_DEATHS = 3;
const EARLY_MS = 1000;
