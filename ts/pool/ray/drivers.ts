import { type FutharkError, isFutharkError, type WorkerExitError } from "../../errors.ts";
import type { OwnConnection } from "../../module/close-worker.ts";
import type { EarlyDeaths } from "../../module/worker-restart.ts";
import { type Pause, pauseAfterDeaths, pauseAfterFailure, stillOn } from "../pause.ts";
import type { ClusterInfo } from "./cluster-info.ts";

/** A driver that is starting. */
export interface Opening {
  readonly connection: OwnConnection;
  /** What it says once its actors are ready; a driver that fails is ended. */
  readonly info: Promise<ClusterInfo>;
}

/** Who is told of the end of a driver, and of the next one. */
export interface DriverListener {
  /** All that it held is lost, and all that was sent to it. */
  lost(error: FutharkError): void;
  up(connection: OwnConnection, info: ClusterInfo): void;
  /** None could be started. */
  refused(): void;
}

/**
 * The driver of a pool, and its replacements. One that has ended is replaced when a task waits, at
 * once or, when drivers die right after their start or cannot be started, after pauses that double.
 */
export class Drivers {
  readonly #open: () => Opening;
  readonly #listener: DriverListener;
  #connection: OwnConnection;
  #state: "up" | "starting" | "down" | "closed" = "up";
  #upAt: number = performance.now();
  #deaths: EarlyDeaths | undefined;
  /** The last of `count` starts in a row that failed. */
  #failed: (Pause & { readonly count: number }) | undefined;

  constructor(first: OwnConnection, open: () => Opening, listener: DriverListener) {
    this.#open = open;
    this.#listener = listener;
    this.#connection = first;
    this.#watch(first);
  }

  /** The connection to the current driver, or to the last one. */
  get connection(): OwnConnection {
    return this.#connection;
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /**
   * Starts a driver unless there is one.
   * @returns Why none may be started yet.
   */
  start(): unknown {
    if (this.#state !== "down") return undefined;
    const pause = stillOn(this.#failed ?? pauseAfterDeaths(this.#deaths, "drivers"));
    if (pause !== undefined) return pause.error;
    let opening: Opening;
    try {
      opening = this.#open();
    } catch (error) {
      return this.#fail(error).error;
    }
    this.#state = "starting";
    this.#connection = opening.connection;
    opening.info.then(
      (info) => {
        if (this.#state === "starting") this.#up(opening.connection, info);
      },
      (error: unknown) => {
        if (this.#state !== "starting") return;
        this.#state = "down";
        this.#fail(error);
        this.#listener.refused();
      },
    );
    return undefined;
  }

  /** Replaces none from now on, and ends one that is starting. */
  close(error: FutharkError): void {
    const wasStarting = this.#state === "starting";
    this.#state = "closed";
    if (!wasStarting) return;
    this.#connection.channel.fail(error);
    this.#connection.kill();
  }

  #up(connection: OwnConnection, info: ClusterInfo): void {
    this.#state = "up";
    this.#upAt = performance.now();
    this.#failed = undefined;
    this.#watch(connection);
    this.#listener.up(connection, info);
  }

  #watch({ channel }: OwnConnection): void {
    const onFail = (error: FutharkError): FutharkError => {
      if (this.#state === "up") {
        this.#state = "down";
        this.#note(error);
      }
      this.#listener.lost(error);
      return error;
    };
    channel.onFail = onFail;
    // It may have ended between its answer and now.
    if (channel.failure !== undefined) onFail(channel.failure);
  }

  #note(error: FutharkError): void {
    const at = performance.now();
    if (at - this.#upAt >= EARLY_MS || !isFutharkError(error, "worker-exit")) {
      this.#deaths = undefined;
      return;
    }
    this.#deaths = {
      count: (this.#deaths?.count ?? 0) + 1,
      at,
      error: error as WorkerExitError,
    };
  }

  #fail(error: unknown): Pause {
    const count = (this.#failed?.count ?? 0) + 1;
    this.#failed = { count, ...pauseAfterFailure(error, count) };
    return this.#failed;
  }
}

const EARLY_MS = 1000;
