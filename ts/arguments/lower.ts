import type {
  ArrayTypeInfo,
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  TypeInfo,
} from "../bindings/program-info.ts";
import { isShared, type Operand, type SharedOperand } from "../client/operand.ts";
import { isElemtype, type Operation, type ValueType } from "../client/operation.ts";
import { PendingTuple } from "../client/pending-tuple.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, Slot } from "../client/slot.ts";
import type { Elemtype } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { makeOpaqueArray } from "../transfer/opaques.ts";
import { arrayOperand, prepareArray } from "../transfer/write-array.ts";
import { toArray } from "./arrays.ts";
import { type Checked, changed, Draft, hasChanged } from "./draft.ts";
import { mismatch } from "./fields.ts";
import { markHandled } from "./mark-handled.ts";
import { type DraftMaker, structured } from "./opaques.ts";
import { checkScalar } from "./scalars.ts";

/** The arguments of a call, ready to be sent. */
export interface Lowered {
  readonly operands: readonly Operand[];
  /** Values that were made from plain data for this call only. */
  readonly temporaries: readonly Slot[];
}

/**
 * Validates all arguments of a call, then uploads plain data: arrays, records, sums.
 * @throws {ArgumentError | ValueStateError} If one is invalid; no values remain in the worker.
 */
export function lower(session: Session, operation: Operation, values: readonly unknown[]): Lowered {
  const { inputs, label } = operation;
  const lowering = new Lowering(session);
  try {
    if (values.length !== inputs.length) {
      const names = inputs.map(({ info }) => `${info.name}: ${info.type}`).join(", ");
      throw new ArgumentError(
        `${label}: expected ${inputs.length} arguments (${names}), got ${values.length}`,
      );
    }
    const checked = inputs.map(({ type, where }, i) => lowering.argument(type, values[i], where));
    const operands = lowering.send(checked, (i) => inputs[i]?.where ?? label);
    consume(operation, operands, lowering.temporaries);
    return { operands, temporaries: lowering.temporaries };
  } catch (error) {
    lowering.discard(values);
    throw error;
  }
}

/** Lowers a single value to the slot of its handle, or to a new slot for plain data. */
export function lowerOne(session: Session, type: TypeInfo, value: unknown, where: string): Lowered {
  const lowering = new Lowering(session);
  try {
    const operands = lowering.send([lowering.value(type, value, where)], () => where);
    return { operands, temporaries: lowering.temporaries };
  } catch (error) {
    lowering.discard(value);
    throw error;
  }
}

/** Marks consumed arguments, even if the call will fail, so that they cannot be used meanwhile. */
function consume(
  operation: Operation,
  operands: readonly Operand[],
  temporaries: readonly Slot[],
): void {
  if (operation.info.of !== "entry") return;
  operation.inputs.forEach(({ info, type }, i) => {
    if (!info.unique || isElemtype(type)) return;
    const slot = operands[i];
    if (!(slot instanceof Slot) || temporaries.includes(slot)) return;
    slot.state = "consumed";
    slot.dropAhead();
    slot.reason = operation.label;
  });
}

function ignore(): void {}

/**
 * Validates the arguments of one request and uploads plain data among them. Nothing is sent until all
 * arguments are validated; then each draft sends its own.
 */
class Lowering implements DraftMaker {
  readonly temporaries: Slot[] = [];
  readonly #shared: SharedOperand[] = [];
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  /** Frees the values made so far, after an argument was rejected. */
  discard(values: unknown): void {
    markHandled(values);
    for (const slot of this.temporaries) this.session.release(slot);
    for (const shared of this.#shared) shared.release();
    // No call follows whose reply would acknowledge that the shared memory was read.
    this.session.channel.acknowledge();
  }

  /** Uploads the drafts among validated arguments; `where` names each for messages. */
  send(checked: readonly Checked[], where: (index: number) => string): readonly Operand[] {
    let drafts = false;
    for (let i = 0; i < checked.length; i++) {
      const each = checked[i] as Checked;
      if (each instanceof Draft) drafts = true;
      else if (hasChanged(each)) throw changed(each, where(i));
    }
    return drafts ? checked.map((each) => this.#sent(each)) : (checked as readonly Operand[]);
  }

  #sent(checked: Checked): Operand {
    if (!(checked instanceof Draft)) return checked;
    const slot = checked.send();
    this.temporaries.push(slot);
    return slot;
  }

  /** Validates an argument of a call: like {@link value}, but arrays may be sent with the call. */
  argument(type: ValueType, value: unknown, where: string): Checked {
    if (isElemtype(type)) return this.#scalar(type, value, where);
    const known = this.#known(type, value, where);
    if (known !== undefined) return known;
    if (type.kind !== "array") return this.#make(type, value, where);
    const array = toArray(type, value, where);
    const operand = arrayOperand(this.session, type, array, where);
    if (operand === undefined) return this.#array(type, array, where);
    if (isShared(operand)) this.#shared.push(operand);
    return operand;
  }

  /** Returns the slot of a value that the worker has, or a draft that makes it. */
  value(type: TypeInfo, value: unknown, where: string): Slot | Draft {
    return this.#known(type, value, where) ?? this.#make(type, value, where);
  }

  #known(type: TypeInfo, value: unknown, where: string): Slot | undefined {
    const slot = this.session.slotOf(value, where);
    if (slot !== undefined) {
      if (slot.type !== type) throw mismatch(type, value, where);
      if (value instanceof Promise) value.catch(ignore);
      return slot;
    }
    // A tuple of results can be passed as a tuple.
    const parts = value instanceof PendingTuple && type.kind === "record" && type.tuple;
    if (hasSlots(value) && !parts) throw mismatch(type, value, where);
    return undefined;
  }

  #scalar(elemtype: Elemtype, value: unknown, where: string): Operand {
    if (!(value instanceof Promise && hasSlots(value))) return checkScalar(elemtype, value, where);
    const scalar = value.then((result) => checkScalar(elemtype, result, where));
    scalar.catch(() => {});
    return scalar;
  }

  #make(type: TypeInfo, value: unknown, where: string): Draft {
    if (type.kind !== "array") return structured(this, type, value, where);
    return this.#array(type, toArray(type, value, where), where);
  }

  #array(type: ArrayTypeInfo, array: NdArray, where: string): Draft {
    const send = prepareArray(this.session, type, array, (shared) => this.#shared.push(shared));
    return new Draft(where, () => {
      if (hasChanged(array)) throw changed(array, where);
      return send();
    });
  }

  /** Makes an array from values in the worker, or from plain data that is uploaded first. */
  elements(
    type: OpaqueArrayTypeInfo | RecordArrayTypeInfo,
    elements: readonly unknown[],
    shape: readonly number[],
    where: string,
  ): Draft {
    // Elements of such arrays are never scalars.
    const element = this.session.catalog.type(type.elemtype) as TypeInfo;
    const nameOf = (i: number): string => `${where}[${i}]`;
    const checked = elements.map((item, i) => this.value(element, item, nameOf(i)));
    return new Draft(where, () => {
      const operands = this.send(checked, nameOf) as Slot[]; // none is an inline or shared array
      return makeOpaqueArray(this.session, type, shape, operands);
    });
  }

  /** Makes a value by an operation on fields, which may be plain data themselves. */
  call(
    operation: Operation,
    values: readonly unknown[],
    where: string,
    nameOf: (index: number) => string,
  ): Draft {
    const { inputs } = operation;
    const checked = inputs.map(({ type }, i) => this.argument(type, values[i], nameOf(i)));
    return new Draft(where, () =>
      this.session.invokeQuietly(operation, this.send(checked, nameOf)),
    );
  }
}
