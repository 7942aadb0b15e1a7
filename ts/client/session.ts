import type { TypeInfo, WorkerInfo } from "../bindings/program-info.ts";
import { ELEMTYPES } from "../elemtypes.ts";
import { ValueStateError } from "../errors.ts";
import { elementCount } from "../nd-array/shape.ts";
import { isSmall } from "../wire/inline-limit.ts";
import { CALL, DESCRIBE } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";
import type { Answer, CallAnswer, Manner } from "./answer.ts";
import { Call } from "./call.ts";
import type { Channel } from "./channel.ts";
import { mustWait, sendLater, waitFor } from "./delay.ts";
import { announceShared, isShared, type Operand, uploadShared, writeOperands } from "./operand.ts";
import { Catalog, type Operation, rankOf } from "./operation.ts";
import type { Request } from "./request.ts";
import { hasSlots, SLOTS, type Slot } from "./slot.ts";
import { SlotTable } from "./slot-table.ts";

/** Creates the handle for a value; `shape` is empty except for array types of any kind. */
export type MakeHandle = (session: Session, slot: Slot, shape: readonly number[]) => object;

/**
 * One program running in one worker: the values that it holds, and calls on them. No method waits;
 * calls are written in the order in which they were made, unless they must be delayed.
 */
export class Session<M extends Manner = Manner> extends SlotTable {
  readonly channel: Channel<M>;
  readonly info: WorkerInfo;
  readonly catalog: Catalog;
  /** Whether the worker can map shared memory of this process, and is allowed to. */
  readonly sharesMemory: boolean;
  /** Ids of the slabs announced to the worker. */
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
    // A safety net for handles that are never freed explicitly.
    this.#registry = new FinalizationRegistry((slot) => this.release(slot));
  }

  /** Rejects further calls and marks all values as lost. */
  close(): void {
    this.#over = true;
    this.lose("its module was closed");
  }

  /** Resolves once all calls made so far have been sent or have failed. */
  async allSent(): Promise<void> {
    while (this.#unsent.size > 0) await Promise.allSettled([...this.#unsent]);
  }

  /**
   * Returns the slot of a handle or a pending call, after checking that it is usable.
   * @returns `undefined` if `value` is neither, or is a call that does not yield a single value.
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
   * Calls an operation with operands that have been checked against its inputs.
   * @param temporaries Values created for this call only; released once it has been sent.
   * @param limitMs The time limit in milliseconds, for a channel that enforces limits itself.
   */
  invoke<T>(
    operation: Operation,
    operands: readonly Operand[],
    temporaries: readonly Slot[] = NONE,
    limitMs?: number,
  ): CallAnswer<M, T> {
    // The manifest determines the result type.
    return this.#invoke(operation, operands, temporaries, limitMs) as CallAnswer<M, T>;
  }

  #invoke(
    operation: Operation,
    operands: readonly Operand[],
    temporaries: readonly Slot[],
    limitMs: number | undefined,
  ): Answer<M, unknown> {
    const { channel } = this;
    if (this.#over) {
      for (const operand of operands) if (isShared(operand)) operand.release();
      return channel.rejected(closed(operation.label));
    }
    const call = new Call(this, operation, operands, temporaries, limitMs);
    try {
      if (!mustWait(operands, operation.overwritten))
        return channel.request(call.announce(operands));
      return channel.later(
        operation.label,
        () =>
          this.#sendLater(operands, operation.overwritten, call.made, (ready) =>
            channel.request(call.announce(ready)),
          ),
        ({ answer }) => answer,
        call.slots,
      );
    } catch (error) {
      for (const operand of operands) if (isShared(operand)) operand.release();
      this.fail(call.made, error);
      throw error;
    } finally {
      for (const slot of temporaries) this.release(slot);
    }
  }

  /** Calls an operation without a reply. A failure surfaces when its single result is used. */
  invokeQuietly(operation: Operation, operands: readonly Operand[]): Slot {
    const [type] = operation.outputs;
    return this.makeQuietly(type as TypeInfo, CALL, operands, (body, slot, ready) => {
      body.u32(operation.index);
      body.u32(slot.id);
      writeOperands(body, operation, ready);
    });
  }

  /** Creates a value by a request without a reply. A failure surfaces when the value is used. */
  makeQuietly(
    type: TypeInfo,
    kind: number,
    operands: readonly Operand[],
    write: (body: Packer, slot: Slot, operands: readonly Operand[]) => void,
  ): Slot {
    const slot = this.allocate(type);
    slot.large = true; // the size is not known yet
    const send = (ready: readonly Operand[]): void => {
      announceShared(ready);
      this.channel.post(kind, (body) => write(body, slot, ready));
    };
    try {
      if (mustWait(operands)) void this.#sendLater(operands, NONE, [slot], send);
      else send(operands);
    } catch (error) {
      this.fail([slot], error);
      throw error;
    }
    return slot;
  }

  /**
   * Returns the handle of a value created by {@link makeQuietly}, once the worker has created it.
   * @param temporaries The values it was created from; all but the value itself are released.
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

  /** Creates the handle for a value that the worker has created. */
  handle(slot: Slot, shape: readonly number[]): object {
    slot.large = isLarge(slot.type, shape);
    slot.bytes = elementBytes(slot.type, shape);
    // The user may have freed the pending call before its reply arrived.
    if (slot.large && slot.state === "freed") this.freeSoon();
    const handle = this.#makeHandle(this, slot, shape);
    // Stays registered after being freed, since releasing a slot again has no effect.
    if (slot.state !== "freed") {
      this.#registry.register(handle, slot);
      this.outstanding.add(handle, slot.bytes);
    }
    return handle;
  }

  /**
   * Sends a request once its operands are available. If that fails, so do its results.
   * @param makes The values that the request creates.
   * @param fails The values to fail if the request cannot be sent.
   * @returns A promise that resolves with the answer to come once the request has been sent.
   */
  #sendLater<A>(
    operands: readonly Operand[],
    overwritten: readonly number[],
    makes: readonly Slot[],
    send: (operands: readonly Operand[]) => A,
    fails: readonly Slot[] = makes,
  ): Promise<{ readonly answer: A }> {
    const { named, made } = uploadShared(operands);
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

/** Values other than arrays count as large, since their size is unknown. */
function isLarge(type: TypeInfo, shape: readonly number[]): boolean {
  return type.kind !== "array" || !isSmall(type.elemtype, elementCount(shape));
}

function elementBytes(type: TypeInfo, shape: readonly number[]): number {
  return type.kind === "array" ? elementCount(shape) * ELEMTYPES[type.elemtype].bytes : 0;
}

function closed(where: string): ValueStateError {
  return new ValueStateError("freed", `${where}: the module was closed`);
}
