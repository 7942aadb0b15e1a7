import type { TypeInfo, WorkerInfo } from "../bindings/program-info.ts";
import { ArgumentError, ValueStateError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { elementCount } from "../nd-array/shape.ts";
import * as messages from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";
import { isSmall } from "../wire/small.ts";
import type { Unpacker } from "../wire/unpacker.ts";
import type { Channel } from "./channel.ts";
import { callLater, isLent, mustWait, sendLater, type Word, waitFor } from "./later.ts";
import {
  Catalog,
  isElemtype,
  type Operation,
  type OperationInput,
  type ValueType,
} from "./operation.ts";
import type { Results } from "./pending-tuple.ts";
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
  /** The values that the worker has, or will have made when it comes to it, by number. */
  readonly #slots: (Slot | undefined)[] = [];
  readonly #unsent: Set<Promise<void>> = new Set();
  #over = false;
  #lastId = 0;
  #freeIds: number[] = [];
  #toFree: number[] = [];
  #freeSoon = false;

  constructor(channel: Channel, info: WorkerInfo, makeHandle: MakeHandle) {
    this.channel = channel;
    this.info = info;
    this.sharesMemory = info.sharedMemory;
    this.catalog = new Catalog(info);
    this.#makeHandle = makeHandle;
    // The net under handles that nobody freed; it never runs while a handle can be reached.
    this.#registry = new FinalizationRegistry((slot) => this.release(slot));
  }

  /** Names a value that a request about to be written, or to wait for another, will make. */
  allocate(type: TypeInfo): Slot {
    const id = this.#freeIds.pop() ?? ++this.#lastId;
    const slot = new Slot(id, type, this);
    this.#slots[id] = slot;
    return slot;
  }

  /**
   * Frees a value in the worker, once the request that makes it and all that were made with it
   * have been sent, or cannot be.
   */
  release(slot: Slot): void {
    if (slot.users !== undefined) {
      slot.afterUse = () => this.release(slot);
      return;
    }
    if (slot.sent !== undefined) {
      // Where it cannot be sent, `fail` takes the number back.
      slot.sent.then(() => this.release(slot), noop);
      return;
    }
    if (this.#slots[slot.id] !== slot) return;
    this.#slots[slot.id] = undefined;
    this.#toFree.push(slot.id);
    if (slot.large === true) this.#freeWithin();
    if (this.#toFree.length === FREE_BATCH) this.#flushFrees();
  }

  /** Takes the number of a value back whose request was never sent: the worker does not know it. */
  #forget(slot: Slot): void {
    slot.sent = undefined;
    if (this.#slots[slot.id] !== slot) return;
    this.#slots[slot.id] = undefined;
    this.#freeIds.push(slot.id);
  }

  /** Before a write: what is to be freed goes first, unless it is too little to matter. */
  beforeFlush(): void {
    if (this.#freeSoon || this.#toFree.length >= SMALL_FREES) this.#flushFrees();
  }

  /** Large memory goes back with the next request, or at the end of a turn that brings none. */
  #freeWithin(): void {
    if (this.#freeSoon) return;
    this.#freeSoon = true;
    setImmediate(() => {
      if (this.#freeSoon) this.#flushFrees();
    });
  }

  /** Writes the frees that were put off; their numbers can be used again after it. */
  #flushFrees(): void {
    const ids = this.#toFree;
    this.#toFree = [];
    this.#freeSoon = false;
    this.channel.post(messages.FREE, (body) => {
      for (const id of ids) body.u32(id);
    });
    this.#freeIds.push(...ids);
  }

  /** Takes no more calls, and marks all values as lost. */
  close(): void {
    this.#over = true;
    this.lose("its module was closed");
  }

  /** Marks all values as lost: the worker goes, or is gone. */
  lose(reason: string): void {
    for (const slot of this.#slots.splice(0)) {
      if (slot?.state !== "live") continue;
      slot.state = "lost";
      slot.reason = reason;
    }
  }

  /** Resolves when all calls that were made have been sent, or failed. */
  async allSent(): Promise<void> {
    while (this.#unsent.size > 0) await Promise.allSettled([...this.#unsent]);
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
      if (slot.state === "lost" || slot.state === "failed") slot.check(where);
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
    if (this.#over) {
      for (const word of words) if (isLent(word)) word.release();
      return this.channel.rejected(closed(operation.label));
    }
    const { outputs } = operation;
    const slots: Slot[] = [];
    for (const type of outputs) if (!isElemtype(type)) slots.push(this.allocate(type));
    const results = outputs.length === 1 ? slots : resultsOf(outputs, slots);
    const failed = (error: unknown): void => {
      locate(error, words, temporaries);
      this.fail(slots, error);
    };
    const send = (ready: readonly Word[]): Promise<T> => {
      for (const word of ready) if (isLent(word)) word.announce();
      return this.channel.request(
        messages.CALL,
        (body) => {
          body.u32(operation.index);
          for (const slot of slots) body.u32(slot.id);
          writeWords(body, operation, ready);
        },
        (reply) => this.#decodeResults(outputs, slots, reply) as T,
        results,
        slots.length + temporaries.length === 0 ? undefined : failed,
        operation.label,
      );
    };
    let made: readonly Slot[] = NONE;
    try {
      if (!mustWait(words, operation.overwritten)) return send(words);
      const ahead = sendAhead(words);
      made = ahead.made;
      const waiting = waitFor(ahead.named, operation.overwritten);
      const later = callLater(ahead.named, slots, results, waiting, send);
      this.#track(later.sent, slots);
      return later.result;
    } catch (error) {
      this.fail(slots, error);
      throw error;
    } finally {
      for (const slot of temporaries) this.release(slot);
      for (const slot of made) this.release(slot);
    }
  }

  /** Calls an operation whose failure, if any, shows where its one result is used. */
  invokeQuietly(operation: Operation, words: readonly Word[]): Slot {
    const [type] = operation.outputs;
    return this.makeQuietly(type as TypeInfo, messages.CALL, words, (body, slot, ready) => {
      body.u32(operation.index);
      body.u32(slot.id);
      writeWords(body, operation, ready);
    });
  }

  /** Makes a value of others by a request whose failure, if any, shows where the value is used. */
  makeQuietly(
    type: TypeInfo,
    kind: number,
    words: readonly Word[],
    write: (body: Packer, slot: Slot, words: readonly Word[]) => void,
  ): Slot {
    const slot = this.allocate(type);
    slot.large = true; // for all that is known
    const send = (ready: readonly Word[]): void => {
      for (const word of ready) if (isLent(word)) word.announce();
      this.channel.post(kind, (body) => write(body, slot, ready));
    };
    try {
      if (mustWait(words)) {
        const { named, made } = sendAhead(words);
        this.#track(sendLater(named, [slot], waitFor(named), send), [slot]);
        for (const each of made) this.release(each);
      } else send(words);
    } catch (error) {
      this.fail([slot], error);
      throw error;
    }
    return slot;
  }

  /**
   * The handle of a value that was made quietly, when the worker has made it.
   * @param temporaries What it was made of: freed, but for the value itself.
   */
  settle(slot: Slot, temporaries: readonly Slot[]): Promise<object> {
    const { type } = slot;
    const describe = (): Promise<object> =>
      this.channel.request(
        messages.DESCRIBE,
        (body) => body.u32(slot.id),
        (reply) => this.handle(slot, reply.dims("rank" in type ? type.rank : 0)),
        [slot],
        (error) => this.fail([slot], error),
      );
    let result: Promise<object>;
    if (!mustWait([slot])) result = describe();
    else {
      const later = callLater([slot], [], [slot], waitFor([slot]), describe);
      this.#track(later.sent, [slot]);
      result = later.result;
    }
    for (const temporary of temporaries) if (temporary !== slot) this.release(temporary);
    return result;
  }

  /** The handle for a value that the worker has made. */
  handle(slot: Slot, shape: readonly number[]): object {
    slot.large = isLarge(slot.type, shape);
    // It may have been freed before it was there.
    if (slot.large && slot.state === "freed") this.#freeWithin();
    const handle = this.#makeHandle(this, slot, shape);
    // It stays registered when it is freed: to release a slot again does nothing.
    if (slot.state !== "freed") this.#registry.register(handle, slot);
    return handle;
  }

  /** Keeps in mind that a request waits. What it should make fails with it. */
  #track(sent: Promise<void>, slots: readonly Slot[]): void {
    this.#unsent.add(sent);
    sent
      .catch((error) => {
        this.fail(slots, error);
        this.channel.acknowledge();
      })
      .finally(() => this.#unsent.delete(sent))
      .catch(() => {});
  }

  /** Marks values that could not be made; their numbers serve again. */
  fail(slots: readonly Slot[], error: unknown): void {
    for (const slot of slots) {
      if (slot.state === "live") {
        slot.state = "failed";
        slot.failure = error;
      }
      if (slot.sent === undefined) this.release(slot);
      else this.#forget(slot);
    }
  }

  #decodeResults(types: readonly ValueType[], slots: readonly Slot[], reply: Unpacker): unknown {
    let next = 0;
    const decode = (type: ValueType): unknown => {
      if (isElemtype(type)) return reply.scalar(type);
      return this.handle(slots[next++] as Slot, reply.dims("rank" in type ? type.rank : 0));
    };
    return types.length === 1 ? decode(types[0] as ValueType) : types.map(decode);
  }
}

const NONE: readonly never[] = [];
function noop(): void {}

/** Frees are sent with the next request, or when there are this many. */
const FREE_BATCH = 64;
/** Those of small arrays, and of what is not there yet, wait until there are this many. */
const SMALL_FREES = 16;

function resultsOf(outputs: readonly ValueType[], slots: readonly Slot[]): Results {
  let next = 0;
  return outputs.map((type) => (isElemtype(type) ? undefined : slots[next++]));
}

/** Nothing is known of the size of values other than arrays. */
function isLarge(type: TypeInfo, shape: readonly number[]): boolean {
  return type.kind !== "array" || !isSmall(type.elemtype, elementCount(shape));
}

function closed(where: string): ValueStateError {
  return new ValueStateError("freed", `${where}: the module was closed`);
}

/**
 * Says of what argument a value could not be made: the worker knows what it makes, but not for
 * which call. What was passed as a value already fails by itself.
 */
function locate(error: unknown, words: readonly Word[], temporaries: readonly Slot[]): void {
  if (!(error instanceof ArgumentError)) return;
  if (words.some((word) => word instanceof Slot && word.failure !== undefined)) return;
  const { message } = error;
  const made = temporaries.find(
    ({ type: { name } }) => message.startsWith(`${name}.`) || message.startsWith(`${name} `),
  );
  if (made?.where !== undefined) error.message = `${made.where}: ${message}`;
}

/** Makes values of lent arrays: a call that waits must not keep their memory. */
function sendAhead(words: readonly Word[]): { named: Word[]; made: Slot[] } {
  const made: Slot[] = [];
  const named = words.map((word) => {
    if (!isLent(word)) return word;
    const slot = word.sendAhead();
    made.push(slot);
    return slot;
  });
  return { named, made };
}

function writeWords(body: Packer, { inputs }: Operation, words: readonly Word[]): void {
  let brings = false;
  for (let i = 0; i < inputs.length; i++) {
    const { type } = inputs[i] as OperationInput;
    const word = words[i];
    if (isElemtype(type)) body.scalar(type, word as number | bigint | boolean);
    else if (word instanceof Slot) body.u32(word.id);
    else {
      body.u32(isLent(word) ? messages.LENT : messages.BROUGHT);
      brings = true;
    }
  }
  if (!brings) return;
  for (const word of words) {
    if (word instanceof NdArray) body.array(word.shape, word.data);
    else if (isLent(word)) word.write(body);
  }
}
