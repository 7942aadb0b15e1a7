import { ValueStateError } from "../errors.ts";
import * as messages from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";
import type { Unpacker } from "../wire/unpacker.ts";
import type { Channel } from "./channel.ts";
import { sendLater, type Word, waitFor } from "./later.ts";
import {
  Catalog,
  isElemtype,
  type Operation,
  type OperationInput,
  type ValueType,
} from "./operation.ts";
import type { TypeInfo, WorkerInfo } from "./program-info.ts";
import { hasSlots, SLOTS, Slot } from "./slot.ts";

/** Makes the handle for a value; `shape` is known for arrays of any kind. */
export type MakeHandle = (session: Session, slot: Slot, shape: readonly number[]) => object;

/**
 * One program in one worker: which values it holds for us, and the calls on them.
 * Nothing here waits: calls are written in the order in which they were made.
 */
export class Session {
  readonly channel: Channel;
  readonly info: WorkerInfo;
  readonly catalog: Catalog;
  /** Whether the worker can map our memory, and may. */
  readonly sharesMemory: boolean;
  /** Slabs that the worker was told of. */
  readonly knownSlabs: Set<number> = new Set();
  readonly #makeHandle: MakeHandle;
  readonly #registry: FinalizationRegistry<Slot>;
  readonly #slots: Set<Slot> = new Set();
  #lastId = 0;
  #freeIds: number[] = [];
  #toFree: number[] = [];

  constructor(channel: Channel, info: WorkerInfo, makeHandle: MakeHandle) {
    this.channel = channel;
    this.info = info;
    this.sharesMemory = info.sharedMemory;
    this.catalog = new Catalog(info);
    this.#makeHandle = makeHandle;
    // The net under handles that nobody freed; it never runs while a handle can be reached.
    this.#registry = new FinalizationRegistry((slot) => this.release(slot));
  }

  /** Names a value that a request about to be written will make. */
  allocate(type: TypeInfo): Slot {
    const id = this.#freeIds.pop() ?? ++this.#lastId;
    const slot = new Slot(id, type, this);
    this.#slots.add(slot);
    return slot;
  }

  /** Frees a value in the worker, once no call that was made with it is still to be sent. */
  release(slot: Slot): void {
    if (slot.pins > 0) {
      slot.afterUnpin = () => this.release(slot);
      return;
    }
    if (!this.#slots.delete(slot)) return;
    this.#registry.unregister(slot);
    this.#toFree.push(slot.id);
    if (this.#toFree.length === FREE_BATCH) this.flushFrees();
  }

  /** Writes the frees that were put off; their numbers can be used again after it. */
  flushFrees(): void {
    if (this.#toFree.length === 0) return;
    const ids = this.#toFree;
    this.#toFree = [];
    this.channel.post(messages.FREE, (body) => {
      for (const id of ids) body.u32(id);
    });
    this.#freeIds.push(...ids);
  }

  /** Marks all values as lost: the worker that held them is gone. */
  lose(reason: string): void {
    for (const slot of this.#slots) {
      if (slot.state === "live") {
        slot.state = "lost";
        slot.reason = reason;
      }
      this.#registry.unregister(slot);
    }
    this.#slots.clear();
  }

  /**
   * The slot of a handle or of a pending call, checked.
   * @returns `undefined` when `value` is neither, or is a call that gives no single value.
   */
  slotOf(value: unknown, where: string): Slot | undefined {
    if (!hasSlots(value)) return undefined;
    const slots = value[SLOTS];
    const slot = slots[0];
    if (slot === undefined || slots.length !== 1) return undefined;
    if (slot.owner !== this) {
      throw new ValueStateError(
        "wrong-module",
        `${where}: the value of type ${slot.type.name} belongs to another module`,
      );
    }
    slot.check(where);
    return slot;
  }

  /**
   * Calls an operation with arguments that were checked against its inputs.
   * @param temporaries Values made for this call only: freed when it has been sent.
   */
  invoke<T>(
    operation: Operation,
    words: readonly Word[],
    temporaries: readonly Slot[] = [],
  ): Promise<T> {
    const { outputs } = operation;
    const results = outputs.map((type) => (isElemtype(type) ? undefined : this.allocate(type)));
    const slots = results.filter((slot) => slot !== undefined);
    // A call with several results stands for no single value.
    const passable = outputs.length === 1 ? slots : [];
    const send = (ready: readonly Word[]): Promise<T> =>
      this.channel.request(
        messages.CALL,
        (body) => {
          body.u32(operation.index);
          for (const slot of slots) body.u32(slot.id);
          writeWords(body, operation, ready);
        },
        (reply) => this.#decodeResults(outputs, results, reply) as T,
        passable,
      );
    const waiting = waitFor(words);
    const result =
      waiting === undefined ? send(words) : sendLater(words, slots, passable, waiting, send);
    for (const slot of temporaries) this.release(slot);
    return result;
  }

  /** Calls an operation whose failure, if any, shows where its one result is used. */
  invokeQuietly(operation: Operation, words: readonly Word[], temporaries: readonly Slot[]): Slot {
    const [type] = operation.outputs;
    const slot = this.allocate(type as TypeInfo);
    this.channel.post(messages.CALL, (body) => {
      body.u32(operation.index);
      body.u32(slot.id);
      writeWords(body, operation, words);
    });
    for (const temporary of temporaries) this.release(temporary);
    return slot;
  }

  /**
   * The handle of a value that was made quietly, when the worker has made it.
   * @param temporaries What it was made of: freed, but for the value itself.
   */
  settle(slot: Slot, temporaries: readonly Slot[]): Promise<object> {
    const { type } = slot;
    const result = this.channel.request(
      messages.DESCRIBE,
      (body) => body.u32(slot.id),
      (reply) => this.handle(slot, reply.dims("rank" in type ? type.rank : 0)),
      [slot],
    );
    for (const temporary of temporaries) if (temporary !== slot) this.release(temporary);
    return result;
  }

  /** The handle for a value that the worker has made. */
  handle(slot: Slot, shape: readonly number[]): object {
    const handle = this.#makeHandle(this, slot, shape);
    this.#registry.register(handle, slot, slot);
    return handle;
  }

  #decodeResults(
    types: readonly ValueType[],
    slots: readonly (Slot | undefined)[],
    reply: Unpacker,
  ): unknown {
    const values = types.map((type, i) => {
      if (isElemtype(type)) return reply.scalar(type);
      return this.handle(slots[i] as Slot, reply.dims("rank" in type ? type.rank : 0));
    });
    return values.length === 1 ? values[0] : values;
  }
}

/** Frees are sent with the next request, or when there are this many. */
const FREE_BATCH = 64;

function writeWords(body: Packer, operation: Operation, words: readonly Word[]): void {
  const { inputs } = operation;
  for (let i = 0; i < inputs.length; i++) {
    const type = (inputs[i] as OperationInput).type;
    const word = words[i];
    if (isElemtype(type)) body.scalar(type, word as number | bigint | boolean);
    else body.u32((word as Slot).id);
  }
}
