import type { TypeInfo, WorkerInfo } from "../bindings/program-info.ts";
import { ValueStateError } from "../errors.ts";
import { elementCount } from "../nd-array/shape.ts";
import { CALL, DESCRIBE } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";
import { isSmall } from "../wire/small.ts";
import type { Answer, CallAnswer, Manner } from "./answer.ts";
import { announceLent, Call, writeWords } from "./call.ts";
import type { Channel } from "./channel.ts";
import { isLent, mustWait, sendAhead, sendLater, type Word, waitFor } from "./later.ts";
import { Catalog, type Operation, rankOf } from "./operation.ts";
import type { Request } from "./request.ts";
import { hasSlots, SLOTS, type Slot } from "./slot.ts";
import { SlotTable } from "./slot-table.ts";

/** Makes the handle for a value; `shape` is known for arrays of any kind. */
export type MakeHandle = (session: Session, slot: Slot, shape: readonly number[]) => object;

/**
 * One program in one worker: which values it holds for us, and the calls on them.
 * Nothing here waits: calls are written in the order in which they were made.
 */
export class Session<M extends Manner = Manner> extends SlotTable {
  readonly channel: Channel<M>;
  readonly info: WorkerInfo;
  readonly catalog: Catalog;
  /** Whether the worker can map our memory, and may. */
  readonly sharesMemory: boolean;
  /** Slabs that the worker was told of. */
  readonly knownSlabs: Set<number> = new Set();
  readonly #makeHandle: MakeHandle;
  readonly #registry: FinalizationRegistry<Slot>;
  readonly #unsent: Set<Promise<unknown>> = new Set();
  #over = false;

  constructor(channel: Channel<M>, info: WorkerInfo, makeHandle: MakeHandle) {
    super((kind, write) => channel.post(kind, write));
    this.channel = channel;
    this.info = info;
    this.sharesMemory = info.sharedMemory;
    this.catalog = new Catalog(info);
    this.#makeHandle = makeHandle;
    // The net under handles that nobody freed; it never runs while a handle can be reached.
    this.#registry = new FinalizationRegistry((slot) => this.release(slot));
  }

  /** Takes no more calls, and marks all values as lost. */
  close(): void {
    this.#over = true;
    this.lose("its module was closed");
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
   * @param limitMs How long it may take, for a channel that enforces limits itself.
   */
  invoke<T>(
    operation: Operation,
    words: readonly Word[],
    temporaries: readonly Slot[] = NONE,
    limitMs?: number,
  ): CallAnswer<M, T> {
    // What an operation returns is the manifest's word.
    return this.#invoke(operation, words, temporaries, limitMs) as CallAnswer<M, T>;
  }

  #invoke(
    operation: Operation,
    words: readonly Word[],
    temporaries: readonly Slot[],
    limitMs: number | undefined,
  ): Answer<M, unknown> {
    const { channel } = this;
    if (this.#over) {
      for (const word of words) if (isLent(word)) word.release();
      return channel.rejected(closed(operation.label));
    }
    const call = new Call(this, operation, words, temporaries, limitMs);
    try {
      if (!mustWait(words, operation.overwritten)) return channel.request(call.announce(words));
      return channel.later(
        operation.label,
        () =>
          this.#sendLater(words, operation.overwritten, call.made, (ready) =>
            channel.request(call.announce(ready)),
          ),
        ({ answer }) => answer,
        call.slots,
      );
    } catch (error) {
      for (const word of words) if (isLent(word)) word.release();
      this.fail(call.made, error);
      throw error;
    } finally {
      for (const slot of temporaries) this.release(slot);
    }
  }

  /** Calls an operation whose failure, if any, shows where its one result is used. */
  invokeQuietly(operation: Operation, words: readonly Word[]): Slot {
    const [type] = operation.outputs;
    return this.makeQuietly(type as TypeInfo, CALL, words, (body, slot, ready) => {
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
    slot.large = true; // its size is not known yet
    const send = (ready: readonly Word[]): void => {
      announceLent(ready);
      this.channel.post(kind, (body) => write(body, slot, ready));
    };
    try {
      if (mustWait(words)) void this.#sendLater(words, NONE, [slot], send);
      else send(words);
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
  settle(slot: Slot, temporaries: readonly Slot[]): Answer<M, object> {
    const { channel } = this;
    const request: Request<object> = {
      kind: DESCRIBE,
      write: (body) => body.u32(slot.id),
      decode: (reply) => this.handle(slot, reply.dims(rankOf(slot.type))),
      slots: [slot],
      failed: (error) => this.fail([slot], error),
    };
    const result = mustWait([slot])
      ? channel.later(
          `${slot.type.name} new`,
          () => this.#sendLater([slot], NONE, [], () => channel.request(request), [slot]),
          ({ answer }) => answer,
          [slot],
        )
      : channel.request(request);
    for (const temporary of temporaries) if (temporary !== slot) this.release(temporary);
    return result;
  }

  /** The handle for a value that the worker has made. */
  handle(slot: Slot, shape: readonly number[]): object {
    slot.large = isLarge(slot.type, shape);
    // It may have been freed before it was there.
    if (slot.large && slot.state === "freed") this.freeSoon();
    const handle = this.#makeHandle(this, slot, shape);
    // It stays registered when it is freed: to release a slot again does nothing.
    if (slot.state !== "freed") this.#registry.register(handle, slot);
    return handle;
  }

  /**
   * Sends a request when its arguments are there. What it should make fails with it.
   * @param makes The values that it makes.
   * @param fails Those that fail where it cannot be sent.
   * @returns Resolves when it has been sent, with the answer to come.
   */
  #sendLater<A>(
    words: readonly Word[],
    overwritten: readonly number[],
    makes: readonly Slot[],
    send: (words: readonly Word[]) => A,
    fails: readonly Slot[] = makes,
  ): Promise<{ readonly answer: A }> {
    const { named, made } = sendAhead(words);
    const sent = sendLater(named, makes, waitFor(named, overwritten), send);
    this.#unsent.add(sent);
    sent
      .catch((error) => {
        this.fail(fails, error);
        this.channel.acknowledge();
      })
      .finally(() => this.#unsent.delete(sent))
      .catch(() => {});
    for (const slot of made) this.release(slot);
    return sent;
  }
}

const NONE: readonly never[] = [];

/** Nothing is known of the size of values other than arrays. */
function isLarge(type: TypeInfo, shape: readonly number[]): boolean {
  return type.kind !== "array" || !isSmall(type.elemtype, elementCount(shape));
}

function closed(where: string): ValueStateError {
  return new ValueStateError("freed", `${where}: the module was closed`);
}
