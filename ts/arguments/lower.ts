import type {
  ArrayTypeInfo,
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  RecordTypeInfo,
  SumTypeInfo,
  TypeInfo,
} from "../bindings/program-info.ts";
import { isLent, type Lent, type Word } from "../client/later.ts";
import { isElemtype, type Operation, type ValueType } from "../client/operation.ts";
import { PendingTuple } from "../client/pending-tuple.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, Slot } from "../client/slot.ts";
import type { Elemtype } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { didYouMean } from "../spelling.ts";
import { makeOpaqueArray } from "../transfer/opaques.ts";
import { bring, prepareArray } from "../transfer/write-array.ts";
import { toArray } from "./arrays.ts";
import { withColumns } from "./columns.ts";
import { type Checked, changed, Draft, hasChanged } from "./draft.ts";
import { fieldValues, isObjectOfFields, mismatch } from "./fields.ts";
import { leaveFailures } from "./leave-failures.ts";
import { checkScalar } from "./scalars.ts";
import { gather, nestedShape } from "./structure.ts";
import { asVariant, type Variant } from "./variant.ts";

/** The arguments of a call, ready to be sent. */
export interface Lowered {
  readonly words: readonly Word[];
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
    const words = lowering.send(checked, (i) => inputs[i]?.where ?? label);
    consume(operation, words, lowering.temporaries);
    return { words, temporaries: lowering.temporaries };
  } catch (error) {
    lowering.discard(values);
    throw error;
  }
}

/** Lowers a single value to the slot of its handle, or to a new slot for plain data. */
export function lowerOne(session: Session, type: TypeInfo, value: unknown, where: string): Lowered {
  const lowering = new Lowering(session);
  try {
    const words = lowering.send([lowering.value(type, value, where)], () => where);
    return { words, temporaries: lowering.temporaries };
  } catch (error) {
    lowering.discard(value);
    throw error;
  }
}

/** Marks consumed arguments, even if the call will fail, so that they cannot be used meanwhile. */
function consume(operation: Operation, words: readonly Word[], temporaries: readonly Slot[]): void {
  if (operation.info.of !== "entry") return;
  operation.inputs.forEach(({ info, type }, i) => {
    if (!info.unique || isElemtype(type)) return;
    const slot = words[i];
    if (!(slot instanceof Slot) || temporaries.includes(slot)) return;
    slot.state = "consumed";
    slot.ahead = undefined;
    slot.reason = operation.label;
  });
}

function ignore(): void {}

class Lowering {
  readonly temporaries: Slot[] = [];
  readonly #lent: Lent[] = [];
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Frees the values made so far, after an argument was rejected. */
  discard(values: unknown): void {
    leaveFailures(values);
    for (const slot of this.temporaries) this.#session.release(slot);
    for (const lent of this.#lent) lent.release();
    // No call follows whose reply would acknowledge that the shared memory was read.
    this.#session.channel.acknowledge();
  }

  /** Uploads the drafts among validated arguments; `where` names each for messages. */
  send(checked: readonly Checked[], where: (index: number) => string): readonly Word[] {
    let drafts = false;
    for (let i = 0; i < checked.length; i++) {
      const each = checked[i] as Checked;
      if (each instanceof Draft) drafts = true;
      else if (hasChanged(each)) throw changed(each, where(i));
    }
    return drafts ? checked.map((each) => this.#sent(each)) : (checked as readonly Word[]);
  }

  #sent(checked: Checked): Word {
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
    const brought = bring(this.#session, type, array, where);
    if (brought === undefined) return this.#array(type, array, where);
    if (isLent(brought)) this.#lent.push(brought);
    return brought;
  }

  /** Returns the slot of a value that the worker has, or a draft that makes it. */
  value(type: TypeInfo, value: unknown, where: string): Slot | Draft {
    return this.#known(type, value, where) ?? this.#make(type, value, where);
  }

  #known(type: TypeInfo, value: unknown, where: string): Slot | undefined {
    const slot = this.#session.slotOf(value, where);
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

  #scalar(elemtype: Elemtype, value: unknown, where: string): Word {
    if (!(value instanceof Promise && hasSlots(value))) return checkScalar(elemtype, value, where);
    const scalar = value.then((result) => checkScalar(elemtype, result, where));
    scalar.catch(() => {});
    return scalar;
  }

  #make(type: TypeInfo, value: unknown, where: string): Draft {
    switch (type.kind) {
      case "array":
        return this.#array(type, toArray(type, value, where), where);
      case "record":
        return this.#record(type, withColumns(value, where), where);
      case "sum":
        return this.#sum(type, value, where);
      case "record_array":
        return this.#recordArray(type, withColumns(value, where), where);
      case "opaque_array":
        return this.#opaqueArray(type, value, where);
      case "opaque":
        throw mismatch(type, value, where);
    }
  }

  #array(type: ArrayTypeInfo, array: NdArray, where: string): Draft {
    const send = prepareArray(this.#session, type, array, (lent) => this.#lent.push(lent));
    return new Draft(where, () => {
      if (hasChanged(array)) throw changed(array, where);
      return send();
    });
  }

  #record(type: RecordTypeInfo, value: unknown, where: string): Draft {
    const operation = this.#operation("new", type, undefined, value, where);
    const fields = fieldValues(type, value, where);
    return this.#call(operation, fields, where, (i) => `${where}.${type.fields[i]?.name}`);
  }

  #sum(type: SumTypeInfo, value: unknown, where: string): Draft {
    const given = asVariant(value);
    if (given === undefined) throw mismatch(type, value, where);
    return this.#variant(type, given, where);
  }

  #variant(type: SumTypeInfo, value: Variant, where: string): Draft {
    const known = type.variants.find(({ name }) => name === value.variant);
    if (known === undefined) {
      const names = type.variants.map(({ name }) => `#${name}`);
      throw new ArgumentError(
        `${where}: expected one of ${names.join(", ")}, got #${value.variant}${didYouMean(`#${value.variant}`, names)}`,
      );
    }
    if (known.payload.length !== value.payload.length) {
      throw new ArgumentError(
        `${where}: expected ${known.payload.length} values for #${known.name} (${known.payload.join(", ")}), got ${value.payload.length}`,
      );
    }
    const operation = this.#operation("construct", type, known.name, value, where);
    return this.#call(operation, value.payload, where, (i) => `${where} #${known.name} ${i + 1}`);
  }

  #recordArray(type: RecordArrayTypeInfo, value: unknown, where: string): Draft {
    const operation = this.#operation("zip", type, undefined, value, where);
    const element = this.#session.catalog.type(type.elemtype);
    const tuple = !isElemtype(element) && element.kind === "record" && element.tuple;
    let columns: readonly unknown[];
    if (isObjectOfFields(value)) columns = fieldValues({ ...type, tuple: false }, value, where);
    else if (Array.isArray(value)) {
      const { elements, shape } = nestedShape(value, type.rank, where);
      // The fields of records in the worker are not known here.
      if (elements.some(hasSlots)) return this.#elements(type, elements, shape, where);
      columns = gather(type, elements, shape, tuple, where);
    } else throw mismatch(type, value, where);
    return this.#call(operation, columns, where, (i) => `${where}.${type.fields[i]?.name}`);
  }

  #opaqueArray(type: OpaqueArrayTypeInfo, value: unknown, where: string): Draft {
    if (!Array.isArray(value)) throw mismatch(type, value, where);
    if (!type.canNew) {
      throw new ArgumentError(
        `${where}: expected a handle of type ${type.name}: arrays of ${type.elemtype} can be made from JavaScript when the program is compiled by Futhark 0.25.36 or newer`,
      );
    }
    const { shape, elements } = nestedShape(value, type.rank, where);
    return this.#elements(type, elements, shape, where);
  }

  /** Makes an array from values in the worker, or from plain data that is uploaded first. */
  #elements(
    type: OpaqueArrayTypeInfo | RecordArrayTypeInfo,
    elements: readonly unknown[],
    shape: readonly number[],
    where: string,
  ): Draft {
    // Elements of such arrays are never scalars.
    const element = this.#session.catalog.type(type.elemtype) as TypeInfo;
    const nameOf = (i: number): string => `${where}[${i}]`;
    const checked = elements.map((item, i) => this.value(element, item, nameOf(i)));
    return new Draft(where, () => {
      const words = this.send(checked, nameOf) as Slot[]; // none is an inline or shared array
      return makeOpaqueArray(this.#session, type, shape, words);
    });
  }

  /** Makes a value by an operation on fields, which may be plain data themselves. */
  #call(
    operation: Operation,
    values: readonly unknown[],
    where: string,
    nameOf: (index: number) => string,
  ): Draft {
    const { inputs } = operation;
    const checked = inputs.map(({ type }, i) => this.argument(type, values[i], nameOf(i)));
    return new Draft(where, () =>
      this.#session.invokeQuietly(operation, this.send(checked, nameOf)),
    );
  }

  #operation(
    of: "new" | "zip" | "construct",
    type: TypeInfo,
    name: string | undefined,
    value: unknown,
    where: string,
  ): Operation {
    const operation = this.#session.catalog.operation(of, type.name, name);
    if (operation === undefined) throw mismatch(type, value, where);
    return operation;
  }
}
