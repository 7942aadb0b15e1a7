import type { EntryPointInfo } from "../../bindings/program-info.ts";
import type { Operation } from "../../client/operation.ts";
import { Session } from "../../client/session.ts";
import { ArgumentError, type FutharkError, ValueStateError } from "../../errors.ts";
import type { CloseOptions } from "../../module/close-options.ts";
import type { OwnConnection } from "../../module/close-worker.ts";
import { closeSession } from "../../module/connection.ts";
import { MAX_TIMER_MS } from "../../module/timer.ts";
import { makeHandle } from "../../values/make-handle.ts";
import { NEXT, STOP } from "../../wire/messages.ts";
import { errorFromReply } from "../../wire/replies.ts";
import { Unpacker } from "../../wire/unpacker.ts";
import { within } from "../../worker/within.ts";
import type { ClusterInput } from "../input.ts";
import type { PoolWorkers, TaskLimits } from "../workers.ts";
import type { ClusterInfo } from "./cluster-info.ts";
import { type Cluster, ClusterQueue } from "./cluster-queue.ts";
import { type DriverListener, Drivers, type Opening } from "./drivers.ts";
import { freeResults, readResults } from "./read-results.ts";
import { recordTask, type TaskContext } from "./record-task.ts";
import { SharedInputs } from "./shared-inputs.ts";
import { TaskChannel } from "./task-channel.ts";

/** Limits of a pool on a cluster. */
export interface ClusterLimits {
  readonly inFlight: number;
  readonly retries: number;
  readonly maxMessageBytes: number;
}

/** The actors of a pool on a cluster, behind one driver at a time. */
export class ClusterWorkers implements PoolWorkers, Cluster, DriverListener {
  readonly #limits: ClusterLimits;
  #info: ClusterInfo;
  readonly #drivers: Drivers;
  readonly #channel: TaskChannel;
  readonly #session: Session<"promise">;
  readonly #inputs: SharedInputs;
  readonly #context: TaskContext;
  readonly #queue: ClusterQueue;
  readonly #operations: ReadonlyMap<string, Operation>;
  /** The operations whose results the tasks in the cluster will have. */
  readonly #results: Map<number, Operation> = new Map();
  /** How often drivers had sent a task again, by themselves: those before, and the current one. */
  #retriedBefore = 0;
  #retriedNow = 0;
  /** The channel that outcomes are asked of. */
  #asked: object | undefined;
  #closing: Promise<void> | undefined;

  /** @param open Starts another driver. */
  constructor(
    connection: OwnConnection,
    info: ClusterInfo,
    limits: ClusterLimits,
    open: () => Opening,
  ) {
    this.#info = info;
    this.#limits = limits;
    this.#channel = new TaskChannel(connection.channel, limits.maxMessageBytes);
    this.#session = new Session(this.#channel, info, makeHandle);
    this.#inputs = new SharedInputs(this.#session, this.#channel);
    this.#context = {
      session: this.#session,
      channel: this.#channel,
      inputs: this.#inputs,
      sent: (number, last) => {
        this.#results.set(number, last);
        this.#ask();
      },
    };
    const entries = this.#session.catalog.operations.filter(({ info: { of } }) => of === "entry");
    this.#operations = new Map(entries.map((operation) => [operation.label, operation]));
    this.#queue = new ClusterQueue(limits.retries, this);
    connection.channel.beforeFlush = () => this.#session.beforeFlush();
    this.#drivers = new Drivers(connection, open, this);
  }

  get modules(): never {
    throw new ArgumentError(
      "pool.modules: on a cluster there are none, as values stay where the actors are: use pool.entry, or pool.run with a list of entry points",
    );
  }

  get entryPoints(): readonly EntryPointInfo[] {
    return this.#info.entryPoints;
  }

  get size(): number {
    return this.#info.actors;
  }

  get lookAhead(): number {
    return this.room - this.size;
  }

  get idle(): number {
    return this.isUp ? Math.max(0, this.size - this.#queue.running) : 0;
  }

  get queued(): number {
    return this.#queue.queued;
  }

  get retried(): number {
    return this.#queue.retried + this.#retriedBefore + this.#retriedNow;
  }

  async task(what: string): Promise<never> {
    throw new ArgumentError(
      `${what}: expected names of entry points, got a function: JavaScript does not travel to a cluster; pass a list of entry points, each of which takes the results of the one before`,
    );
  }

  async call(
    what: string,
    points: readonly EntryPointInfo[],
    args: readonly unknown[],
    { dropped, ...limits }: TaskLimits,
  ): Promise<unknown> {
    const operations = points.map(({ name }) => this.#operations.get(name) as Operation);
    const task = recordTask(this.#context, what, { points, operations }, args);
    return await this.#queue.submit(dropped === undefined ? task : { ...task, dropped }, limits);
  }

  put(data: unknown): Promise<ClusterInput> {
    return this.#inputs.put(data);
  }

  close(options: CloseOptions): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  async #close({ timeoutMs = Number.POSITIVE_INFINITY }: CloseOptions): Promise<void> {
    const idle = this.#queue.close();
    if (timeoutMs > MAX_TIMER_MS) await idle;
    else if (!(await within(timeoutMs, (done) => void idle.then(done)))) {
      this.#queue.abandon(timeoutMs);
    }
    this.#drivers.close(new ValueStateError("freed", "the pool was closed"));
    await closeSession("of the pool", this.#session, this.#drivers.connection, GOING_MS);
    this.#inputs.clear();
  }

  // What the queue asks of the cluster.

  get room(): number {
    return this.size * this.#limits.inFlight;
  }

  get isUp(): boolean {
    return this.#drivers.isUp;
  }

  start(): unknown {
    return this.#drivers.start();
  }

  stop(number: number): void {
    this.#results.delete(number);
    this.#channel.post(STOP, (body) => body.u32(number));
  }

  // What happens to the driver.

  lost(error: FutharkError): void {
    this.#results.clear();
    this.#retriedBefore += this.#retriedNow;
    this.#retriedNow = 0;
    this.#queue.lose(error);
  }

  up({ channel }: OwnConnection, info: ClusterInfo): void {
    this.#info = info;
    this.#channel.use(channel);
    channel.beforeFlush = () => this.#session.beforeFlush();
    this.#session.knownSlabs.clear();
    this.#inputs.sendAll();
    this.#queue.dispatch();
  }

  refused(): void {
    this.#queue.dispatch();
  }

  /** Asks for outcomes while there are tasks in the cluster; this keeps Node running. */
  #ask(): void {
    const { channel } = this.#drivers.connection;
    if (this.#asked === channel || this.#queue.running === 0) return;
    this.#asked = channel;
    const asked = channel.request({
      kind: NEXT,
      write: () => {},
      decode: (reply) => this.#finish(reply),
      label: "tasks on the cluster",
    });
    asked.then(
      () => {
        if (this.#asked !== channel) return;
        this.#asked = undefined;
        this.#ask();
      },
      () => {}, // the queue was told of the failure
    );
  }

  #finish(reply: Unpacker): void {
    const count = reply.u32();
    this.#retriedNow = reply.u32();
    for (let i = 0; i < count; i++) {
      const number = reply.u32();
      const failed = reply.u32() !== 0;
      const numbers = Array.from({ length: reply.u32() }, () => reply.u32());
      // The memory of a reply is reused.
      const data = reply.bytes(reply.u32()).slice();
      const operation = this.#results.get(number);
      if (operation === undefined) {
        // It was stopped while its outcome was on its way.
        freeResults(this.#session, numbers);
        continue;
      }
      this.#results.delete(number);
      this.#queue.finish(number, () => {
        if (failed) throw errorFromReply(new TextDecoder().decode(data));
        return readResults(this.#session, operation.outputs, new Unpacker(data), numbers);
      });
    }
  }
}

/** Milliseconds that a driver may take to end what it started; a busy machine needs some. */
const GOING_MS = 60_000;
