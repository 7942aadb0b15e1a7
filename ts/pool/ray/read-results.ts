import { nest } from "../../arguments/structure.ts";
import type { ArrayTypeInfo, TypeInfo } from "../../bindings/program-info.ts";
import { isElemtype, type ValueType } from "../../client/operation.ts";
import type { Session } from "../../client/session.ts";
import { Slot } from "../../client/slot.ts";
import { ELEMTYPES } from "../../elemtypes.ts";
import { ProtocolError } from "../../errors.ts";
import { NdArray } from "../../nd-array/nd-array.ts";
import { elementCount } from "../../nd-array/shape.ts";
import { NewArray } from "../../transfer/destination.ts";
import { readArray } from "../../transfer/read-array.ts";
import { ownArray } from "../../transfer/small-arrays.ts";
import { isSmall } from "../../wire/inline-limit.ts";
import { FREE } from "../../wire/messages.ts";
import type { Unpacker } from "../../wire/unpacker.ts";

/**
 * Reads the results of a task as plain data. Their layout is that of `plain_results.py`.
 * @param numbers The numbers of the large arrays, which the driver holds; they are freed there.
 */
export async function readResults(
  session: Session<"promise">,
  types: readonly ValueType[],
  reply: Unpacker,
  numbers: readonly number[],
): Promise<unknown> {
  try {
    const reader = new ResultReader(session, reply, numbers);
    const results = types.map((type) => reader.value(type));
    reply.end();
    const [only] = results;
    return await (results.length === 1 ? only : Promise.all(results));
  } finally {
    freeResults(session, numbers);
  }
}

/** Frees large arrays that the driver holds. */
export function freeResults(session: Session<"promise">, numbers: readonly number[]): void {
  if (numbers.length === 0) return;
  session.channel.post(FREE, (body) => {
    for (const number of numbers) body.u32(number);
  });
}

/** Parts of a value are promises only if they contain large arrays. */
class ResultReader {
  readonly #session: Session<"promise">;
  readonly #reply: Unpacker;
  readonly #numbers: readonly number[];

  constructor(session: Session<"promise">, reply: Unpacker, numbers: readonly number[]) {
    this.#session = session;
    this.#reply = reply;
    this.#numbers = numbers;
  }

  value(type: ValueType): unknown {
    if (isElemtype(type)) return this.#reply.scalar(type);
    switch (type.kind) {
      case "array":
        return this.#array(type);
      case "record": {
        const values = type.fields.map((field) => this.#named(field.type));
        const names = type.fields.map(({ name }) => name);
        return all(values, (parts) => (type.tuple ? parts : byName(names, parts)));
      }
      case "sum": {
        const variant = type.variants[this.#reply.u32()];
        if (variant === undefined) throw new ProtocolError(`${type.name} has fewer variants`);
        const values = variant.payload.map((name) => this.#named(name));
        return all(values, (payload) => ({ variant: variant.name, payload }));
      }
      case "record_array":
      case "opaque_array":
        return this.#elements(type);
      case "opaque":
        throw new ProtocolError(`${type.name} has no form outside its process`);
    }
  }

  #named(name: string): unknown {
    return this.value(this.#session.catalog.type(name));
  }

  #array(type: ArrayTypeInfo): unknown {
    const { elemtype, rank } = type;
    const shape = this.#reply.dims(rank);
    const count = elementCount(shape);
    if (isSmall(elemtype, count)) {
      const bytes = this.#reply.bytes(count * ELEMTYPES[elemtype].bytes);
      return new NdArray(elemtype, ownArray(elemtype, bytes) as never, shape);
    }
    const number = this.#numbers[this.#reply.u32()];
    if (number === undefined) throw new ProtocolError(`${type.name}: its elements did not come`);
    const slot = new Slot(number, type, this.#session);
    const values = readArray(this.#session, slot, shape, new NewArray(slot, shape)).then(
      (data) => new NdArray(elemtype, data as never, shape),
    );
    // Another part may fail first.
    values.catch(() => {});
    return values;
  }

  #elements(type: Extract<TypeInfo, { kind: "record_array" | "opaque_array" }>): unknown {
    const shape = this.#reply.dims(type.rank);
    const count = elementCount(shape);
    if (type.kind === "record_array" && this.#hasColumns(type)) {
      const columns = type.fields.map((field) => this.#named(field.type));
      const element = this.#session.catalog.type(type.elemtype);
      const tuple = !isElemtype(element) && element.kind === "record" && element.tuple;
      const names = type.fields.map(({ name }) => name);
      return all(columns, (arrays) => {
        const flat = (arrays as NdArray[]).map(
          ({ elemtype, data }) => new NdArray(elemtype, data as never, [count]),
        );
        const rows = Array.from({ length: count }, (_, i) => {
          const values = flat.map((array) => array.get(i));
          return tuple ? values : byName(names, values);
        });
        return nest(rows, shape);
      });
    }
    const values = Array.from({ length: count }, () => this.#named(type.elemtype));
    return all(values, (elements) => nest(elements, shape));
  }

  #hasColumns({ fields, rank }: Extract<TypeInfo, { kind: "record_array" }>): boolean {
    return (
      fields.length > 0 &&
      fields.every(({ type: name }) => {
        const type = this.#session.catalog.type(name);
        return !isElemtype(type) && type.kind === "array" && type.rank === rank;
      })
    );
  }
}

function byName(names: readonly string[], values: readonly unknown[]): object {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

function all(parts: readonly unknown[], make: (parts: unknown[]) => unknown): unknown {
  if (parts.some((part) => part instanceof Promise)) return Promise.all(parts).then(make);
  return make([...parts]);
}
