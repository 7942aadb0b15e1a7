import { ArgumentError } from "../errors.ts";
import { CALL } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";
import type { Unpacker } from "../wire/unpacker.ts";
import { announceShared, type Operand, writeOperands } from "./operand.ts";
import { isElemtype, type Operation, rankOf, type ValueType } from "./operation.ts";
import type { Request } from "./request.ts";
import { type ResultSlots, Slot, type SlotOwner } from "./slot.ts";

/** Allocates the slots of a call's results and creates their handles. */
export interface CallOwner extends SlotOwner {
  allocate(type: Exclude<ValueType, string>): Slot;
  handle(slot: Slot, shape: readonly number[]): object;
  fail(slots: readonly Slot[], error: unknown): void;
}

/** A call of an operation whose arguments have been checked against its inputs. */
export class Call implements Request<unknown> {
  readonly kind: number = CALL;
  readonly operation: Operation;
  readonly limitMs: number | undefined;
  /** The slots of all non-scalar results. */
  readonly made: readonly Slot[];
  readonly slots: ResultSlots;
  readonly #owner: CallOwner;
  readonly #temporaries: readonly Slot[];
  #operands: readonly Operand[];

  /** @param temporaries Values created for this call only. */
  constructor(
    owner: CallOwner,
    operation: Operation,
    operands: readonly Operand[],
    temporaries: readonly Slot[],
    limitMs: number | undefined,
  ) {
    const { outputs } = operation;
    const made: Slot[] = [];
    for (const type of outputs) if (!isElemtype(type)) made.push(owner.allocate(type));
    this.operation = operation;
    this.limitMs = limitMs;
    this.made = made;
    this.slots = outputs.length === 1 ? made : resultsOf(outputs, made);
    this.#owner = owner;
    this.#temporaries = temporaries;
    this.#operands = operands;
  }

  get label(): string {
    return this.operation.label;
  }

  /** Prepares the call for sending, with its final operands. Call this just before sending. */
  announce(operands: readonly Operand[]): this {
    this.#operands = operands;
    announceShared(operands);
    return this;
  }

  write(body: Packer): void {
    body.u32(this.operation.index);
    for (const slot of this.made) body.u32(slot.id);
    writeOperands(body, this.operation, this.#operands);
  }

  decode(reply: Unpacker): unknown {
    const { outputs } = this.operation;
    let next = 0;
    const one = (type: ValueType): unknown => {
      if (isElemtype(type)) return reply.scalar(type);
      return this.#owner.handle(this.made[next++] as Slot, reply.dims(rankOf(type)));
    };
    return outputs.length === 1 ? one(outputs[0] as ValueType) : outputs.map(one);
  }

  failed(error: unknown): void {
    locate(error, this.#operands, this.#temporaries);
    this.#owner.fail(this.made, error);
  }
}

function resultsOf(outputs: readonly ValueType[], made: readonly Slot[]): ResultSlots {
  let next = 0;
  return outputs.map((type) => (isElemtype(type) ? undefined : made[next++]));
}

/**
 * Adds the argument's name to the error of a temporary that could not be created; the worker does
 * not know which call it was for. A slot that the caller passed reports its own failure.
 */
function locate(error: unknown, operands: readonly Operand[], temporaries: readonly Slot[]): void {
  if (!(error instanceof ArgumentError)) return;
  if (operands.some((operand) => operand instanceof Slot && operand.failure !== undefined)) return;
  const { message } = error;
  const made = temporaries.find(
    ({ type: { name } }) => message.startsWith(`${name}.`) || message.startsWith(`${name} `),
  );
  if (made?.where !== undefined) error.message = `${made.where}: ${message}`;
}
