import type {
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
import { didYouMean } from "../spelling.ts";
import { makeOpaqueArray } from "../transfer/opaques.ts";
import { bring, writeArrayQuietly } from "../transfer/write-array.ts";
import { toArray } from "./arrays.ts";
import { withColumns } from "./columns.ts";
import { fieldValues, isObjectOfFields, mismatch } from "./fields.ts";
import { leaveFailures } from "./leave-failures.ts";
import { checkScalar } from "./scalars.ts";
import { gather, nestedShape } from "./structure.ts";
import { asVariant, type Variant } from "./variant.ts";

/** The arguments of one call, ready to be sent. */
export interface Lowered {
  readonly words: readonly Word[];
  /** Values that were made of plain data for this call only. */
  readonly temporaries: readonly Slot[];
}

/**
 * Checks all arguments of a call and sends ahead what is plain data: arrays, records, sums.
 * @throws {ArgumentError | ValueStateError} One does not fit; nothing is left behind in the worker.
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
    const words = inputs.map(({ type, where }, i) => lowering.argument(type, values[i], where));
    // Reading the arguments may run code of the caller's: getters, which can free a value.
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      if (!(word instanceof Slot) || word.state === "live") continue;
      // What was just made of plain data is no value of the caller's: the worker has ended meanwhile.
      const made = lowering.temporaries.includes(word);
      if (made && session.channel.failure !== undefined) throw session.channel.failure;
      word.check(inputs[i]?.where ?? label);
    }
    consume(operation, words, lowering.temporaries);
    return { words, temporaries: lowering.temporaries };
  } catch (error) {
    lowering.discard(values);
    throw error;
  }
}

/** Lowers one value to a slot of its own, made of plain data, or the handle's. */
export function lowerOne(session: Session, type: TypeInfo, value: unknown, where: string): Lowered {
  const lowering = new Lowering(session);
  try {
    const word = lowering.value(type, value, where);
    return { words: [word], temporaries: lowering.temporaries };
  } catch (error) {
    lowering.discard(value);
    throw error;
  }
}

/** Marks what the call consumes, whether or not it then succeeds: nobody can use it meanwhile. */
function consume(operation: Operation, words: readonly Word[], temporaries: readonly Slot[]): void {
  if (operation.info.of !== "entry") return;
  operation.inputs.forEach(({ info, type }, i) => {
    if (!info.unique || isElemtype(type)) return;
    const slot = words[i];
    if (!(slot instanceof Slot) || temporaries.includes(slot)) return;
    slot.state = "consumed";
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

  /** Frees what was made so far of arguments of which one does not fit. */
  discard(values: unknown): void {
    leaveFailures(values);
    for (const slot of this.temporaries) this.#session.release(slot);
    for (const lent of this.#lent) lent.release();
    // No call follows whose answer would tell that memory lent for these is read.
    this.#session.channel.acknowledge();
  }

  /** An argument of a call: as {@link value}, but the call brings an array along. */
  argument(type: ValueType, value: unknown, where: string): Word {
    if (isElemtype(type)) return this.#scalar(type, value, where);
    const known = this.#known(type, value, where);
    if (known !== undefined) return known;
    if (type.kind !== "array") return this.#temporary(this.#make(type, value, where), where);
    const array = toArray(type, value, where);
    const brought = bring(this.#session, type, array, where);
    if (brought instanceof Slot) return this.#temporary(brought, where);
    if (isLent(brought)) this.#lent.push(brought);
    return brought;
  }

  /** A value that the worker has, or will have made. */
  value(type: TypeInfo, value: unknown, where: string): Slot {
    return (
      this.#known(type, value, where) ?? this.#temporary(this.#make(type, value, where), where)
    );
  }

  #known(type: TypeInfo, value: unknown, where: string): Slot | undefined {
    const slot = this.#session.slotOf(value, where);
    if (slot !== undefined) {
      if (slot.type !== type) throw mismatch(type, value, where);
      if (value instanceof Promise) value.catch(ignore);
      return slot;
    }
    // A tuple of results, which can be a tuple again.
    const parts = value instanceof PendingTuple && type.kind === "record" && type.tuple;
    if (hasSlots(value) && !parts) throw mismatch(type, value, where);
    return undefined;
  }

  #temporary(made: Slot, where: string): Slot {
    made.where = where;
    this.temporaries.push(made);
    return made;
  }

  #scalar(elemtype: Elemtype, value: unknown, where: string): Word {
    if (!(value instanceof Promise && hasSlots(value))) return checkScalar(elemtype, value, where);
    const scalar = value.then((result) => checkScalar(elemtype, result, where));
    scalar.catch(() => {});
    return scalar;
  }

  #make(type: TypeInfo, value: unknown, where: string): Slot {
    switch (type.kind) {
      case "array":
        return writeArrayQuietly(this.#session, type, toArray(type, value, where));
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

  #record(type: RecordTypeInfo, value: unknown, where: string): Slot {
    const operation = this.#operation("new", type, undefined, value, where);
    const fields = fieldValues(type, value, where);
    return this.#call(operation, fields, (i) => `${where}.${type.fields[i]?.name}`);
  }

  #sum(type: SumTypeInfo, value: unknown, where: string): Slot {
    const given = asVariant(value);
    if (given === undefined) throw mismatch(type, value, where);
    return this.#variant(type, given, where);
  }

  #variant(type: SumTypeInfo, value: Variant, where: string): Slot {
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
    return this.#call(operation, value.payload, (i) => `${where} #${known.name} ${i + 1}`);
  }

  #recordArray(type: RecordArrayTypeInfo, value: unknown, where: string): Slot {
    const operation = this.#operation("zip", type, undefined, value, where);
    const element = this.#session.catalog.type(type.elemtype);
    const tuple = !isElemtype(element) && element.kind === "record" && element.tuple;
    let columns: readonly unknown[];
    if (isObjectOfFields(value)) columns = fieldValues({ ...type, tuple: false }, value, where);
    else if (Array.isArray(value)) {
      const { elements, shape } = nestedShape(value, type.rank, where);
      // The fields of records that the worker has are known there only.
      if (elements.some(hasSlots)) return this.#elements(type, elements, shape, where);
      columns = gather(type, elements, shape, tuple, where);
    } else throw mismatch(type, value, where);
    return this.#call(operation, columns, (i) => `${where}.${type.fields[i]?.name}`);
  }

  #opaqueArray(type: OpaqueArrayTypeInfo, value: unknown, where: string): Slot {
    if (!Array.isArray(value)) throw mismatch(type, value, where);
    if (!type.canNew) {
      throw new ArgumentError(
        `${where}: expected a handle of type ${type.name}: arrays of ${type.elemtype} can be made from JavaScript when the program is compiled by Futhark 0.25.36 or newer`,
      );
    }
    const { shape, elements } = nestedShape(value, type.rank, where);
    return this.#elements(type, elements, shape, where);
  }

  /** Makes an array of values that the worker has, or makes of plain data first. */
  #elements(
    type: OpaqueArrayTypeInfo | RecordArrayTypeInfo,
    elements: readonly unknown[],
    shape: readonly number[],
    where: string,
  ): Slot {
    // Elements of such arrays are never scalars.
    const element = this.#session.catalog.type(type.elemtype) as TypeInfo;
    const words = elements.map((item, i) => this.value(element, item, `${where}[${i}]`));
    return makeOpaqueArray(this.#session, type, shape, words);
  }

  /** Makes a value by an operation, of fields that may be plain data themselves. */
  #call(operation: Operation, values: readonly unknown[], where: (index: number) => string): Slot {
    const words = operation.inputs.map(({ type }, i) => this.argument(type, values[i], where(i)));
    return this.#session.invokeQuietly(operation, words);
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
