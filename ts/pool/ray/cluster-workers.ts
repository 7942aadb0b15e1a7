import { lower, lowerOne } from "../../arguments/lower.ts";
import type { EntryPointInfo, WorkerInfo } from "../../bindings/program-info.ts";
import type { Client } from "../../client/client.ts";
import type { Operation } from "../../client/operation.ts";
import { Session } from "../../client/session.ts";
import type { Slot } from "../../client/slot.ts";
import { ArgumentError } from "../../errors.ts";
import type { CloseOptions } from "../../module/close-options.ts";
import type { OwnConnection } from "../../module/close-worker.ts";
import { closeSession } from "../../module/connection.ts";
import { MAX_TIMER_MS } from "../../module/timer.ts";
import { nd } from "../../nd-array/nd.ts";
import { makeHandle } from "../../values/make-handle.ts";
import { NEXT, STOP, TASK } from "../../wire/messages.ts";
import { errorFromReply } from "../../wire/replies.ts";
import { Unpacker } from "../../wire/unpacker.ts";
import { within } from "../../worker/within.ts";
import { copyArguments, READS } from "../arguments.ts";
import { ClusterInput } from "../input.ts";
import type { PoolWorkers, TaskLimits } from "../workers.ts";
import { ClusterQueue, type ClusterTask } from "./cluster-queue.ts";
import { freeResults, readResults } from "./read-results.ts";
import { TaskChannel } from "./task-channel.ts";

/** What the driver says of the program, and of the cluster. */
export interface ClusterInfo extends WorkerInfo {
  readonly actors: number;
}

/** The actors of a pool on a cluster, behind one driver. */
export class ClusterWorkers implements PoolWorkers {
  readonly size: number;
  readonly lookAhead: number;
  retried = 0;
  readonly #info: ClusterInfo;
  readonly #connection: OwnConnection;
  readonly #client: Client;
  readonly #channel: TaskChannel;
  readonly #session: Session<"promise">;
  readonly #queue: ClusterQueue;
  readonly #operations: ReadonlyMap<string, Operation>;
  /** The operations whose results the tasks in the cluster will have. */
  readonly #results: Map<number, Operation> = new Map();
  #freed: Slot[] = [];
  #asking = false;
  #closing: Promise<void> | undefined;

  constructor(
    connection: OwnConnection,
    info: ClusterInfo,
    inFlight: number,
    maxMessageBytes: number,
  ) {
    this.size = info.actors;
    this.lookAhead = info.actors * (inFlight - 1);
    this.#info = info;
    this.#connection = connection;
    this.#client = connection.channel;
    this.#channel = new TaskChannel(this.#client, maxMessageBytes);
    this.#session = new Session(this.#channel, info, makeHandle);
    this.#client.beforeFlush = () => this.#session.beforeFlush();
    const entries = this.#session.catalog.operations.filter(({ info: { of } }) => of === "entry");
    this.#operations = new Map(entries.map((operation) => [operation.label, operation]));
    this.#queue = new ClusterQueue(info.actors * inFlight, (number) => {
      this.#results.delete(number);
      this.#client.post(STOP, (body) => body.u32(number));
    });
    this.#client.onFail = (error) => {
      this.#session.lose(error.message);
      this.#queue.fail(error);
      return error;
    };
  }

  get modules(): never {
    throw new ArgumentError(
      "pool.modules: on a cluster there are none, as values stay where the actors are: use pool.entry, or pool.run with a list of entry points",
    );
  }

  get entryPoints(): readonly EntryPointInfo[] {
    return this.#info.entryPoints;
  }

  get idle(): number {
    return Math.max(0, this.size - this.#queue.running);
  }

  get queued(): number {
    return this.#queue.queued;
  }

  async task(what: string): Promise<never> {
    throw new ArgumentError(
      `${what}: expected names of entry points, got a function: JavaScript does not travel to a cluster; pass a list of entry points, each of which takes the results of the one before`,
    );
  }

  async call(
    what: string,
    chain: readonly EntryPointInfo[],
    args: readonly unknown[],
    { dropped, ...limits }: TaskLimits,
  ): Promise<unknown> {
    const operations = chain.map(({ name }) => this.#operations.get(name) as Operation);
    const task = this.#record(what, chain, operations, args);
    return await this.#queue.submit(dropped === undefined ? task : { ...task, dropped }, limits);
  }

  async put(data: unknown): Promise<ClusterInput> {
    const array = nd(data as never);
    const name = `${"[]".repeat(array.rank)}${array.elemtype}`;
    const type = this.#session.catalog.types.get(name);
    if (type?.kind !== "array") {
      throw new ArgumentError(`pool.put: the program has no type ${name}`);
    }
    const copy = READS.array(array);
    const { operands } = lowerOne(this.#session, type, copy, "pool.put");
    // Its failure, such as no memory, is reported here and not by the tasks.
    this.#channel.acknowledge();
    return new ClusterInput(operands[0] as Slot, (slot) => this.#freeInput(slot));
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
    await closeSession("of the pool", this.#session, this.#connection, GOING_MS);
  }

  /** Checks and writes the arguments of a task now, as the caller may change them later. */
  #record(
    what: string,
    chain: readonly EntryPointInfo[],
    operations: readonly Operation[],
    args: readonly unknown[],
  ): ClusterTask {
    const [first] = operations as [Operation];
    const last = operations.at(-1) as Operation;
    const inputs: ClusterInput[] = [];
    const given = copyArguments(args, chain[0] as EntryPointInfo, {
      ...READS,
      input: (value, where) => {
        const input = READS.input(value, where) as ClusterInput;
        inputs.push(input);
        return input;
      },
    });
    const slots = inputs.map((input) => input.slot);
    const { frames, parts, release } = this.#channel.record(
      () => {
        const { operands, temporaries } = lower(this.#session, first, given);
        this.#session.invoke(first, operands, temporaries);
      },
      (made) => {
        for (const slot of made) slot.free();
        // A parameter that consumes its argument gets a copy of a shared one.
        for (const slot of slots) if (slot.state === "consumed") slot.state = "live";
      },
    );
    const header = {
      chain: operations.map(({ index }) => index),
      parts,
      shared: [...new Set(slots.map(({ id }) => id))],
    };
    return {
      what,
      send: (number) => {
        const json = new TextEncoder().encode(JSON.stringify({ task: number, ...header }));
        this.#client.post(TASK, (body) => {
          body.u32(json.byteLength);
          body.bytes(json);
          body.bytes(frames);
        });
        this.#results.set(number, last);
        if (parts.length > 0) {
          this.#client.afterNext(release);
          this.#client.acknowledge();
        }
        this.#ask();
      },
      drop: () => release(false),
    };
  }

  /** Asks for outcomes while there are tasks in the cluster; this keeps Node running. */
  #ask(): void {
    if (this.#asking || this.#queue.running === 0) return;
    this.#asking = true;
    const asked = this.#client.request({
      kind: NEXT,
      write: () => {},
      decode: (reply) => this.#finish(reply),
      label: "tasks on the cluster",
    });
    asked.then(
      () => {
        this.#asking = false;
        this.#free();
        this.#ask();
      },
      () => {}, // the queue was told of the failure
    );
  }

  #finish(reply: Unpacker): void {
    const count = reply.u32();
    this.retried = reply.u32();
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

  /** Frees a shared input once the tasks that wait with it have been sent. */
  #freeInput(slot: Slot): void {
    if (slot.state !== "live") return;
    slot.state = "freed";
    this.#freed.push(slot);
    this.#free();
  }

  #free(): void {
    if (this.#freed.length === 0 || this.#queue.queued > 0) return;
    for (const slot of this.#freed.splice(0)) slot.owner.release(slot);
  }
}

/** Milliseconds that a driver may take to end what it started; a busy machine needs some. */
const GOING_MS = 60_000;
