import type { InputInfo, OperationInfo, ProgramInfo, TypeInfo } from "../bindings/program-info.ts";
import { type Elemtype, isElemtypeName } from "../elemtypes.ts";
import { ProtocolError } from "../errors.ts";

/** The type of a parameter or result: a scalar's elemtype, or a type of the program. */
export type ValueType = Elemtype | TypeInfo;

/** Returns whether a type is a scalar type. */
export function isElemtype(type: ValueType): type is Elemtype {
  return typeof type === "string";
}

/** Returns the number of dimensions sent along with a value of this type. */
export function rankOf(type: TypeInfo): number {
  return "rank" in type ? type.rank : 0;
}

/** An {@link OperationInfo} with its type names resolved. */
export interface Operation {
  /** The operation's index in CALL messages. */
  readonly index: number;
  readonly info: OperationInfo;
  /** The name used in error messages. */
  readonly label: string;
  readonly inputs: readonly OperationInput[];
  readonly outputs: readonly ValueType[];
  /** Positions of the inputs that are consumed or written to. */
  readonly overwritten: readonly number[];
  /** The number of results created since one was last read; controls reading ahead. */
  unread: number;
  /** The shape of the result that was read last, if it was too large to be sent inline. */
  largeShape: readonly number[] | undefined;
  /** Whether that result was copied to a new typed array. */
  copiesLarge: boolean;
}

export interface OperationInput {
  readonly info: InputInfo;
  readonly type: ValueType;
  /** The name used in error messages: `dot argument 1 (xs)`. */
  readonly where: string;
}

/** Looks up the operations and types of a program by name. */
export class Catalog {
  readonly types: ReadonlyMap<string, TypeInfo>;
  readonly operations: readonly Operation[];
  readonly #typeIndex: ReadonlyMap<string, number>;
  readonly #byKey: ReadonlyMap<string, Operation>;

  constructor(info: ProgramInfo) {
    this.types = new Map(info.types.map((type) => [type.name, type]));
    this.#typeIndex = new Map(info.types.map((type, index) => [type.name, index]));
    this.operations = info.operations.map((operation, index) => {
      const inputs = operation.inputs.map((input, i) => ({
        info: input,
        type: this.type(input.type),
        where: `${label(operation)} argument ${i + 1} (${input.name})`,
      }));
      return {
        index,
        info: operation,
        label: label(operation),
        inputs,
        outputs: operation.outputs.map((output) => this.type(output.type)),
        overwritten: [...inputs.keys()].filter((i) => {
          const input = inputs[i] as OperationInput;
          return input.info.unique && !isElemtype(input.type);
        }),
        unread: Number.POSITIVE_INFINITY, // no result has been read yet
        largeShape: undefined,
        copiesLarge: false,
      };
    });
    this.#byKey = new Map(this.operations.map((operation) => [key(operation.info), operation]));
  }

  /** @throws {ProtocolError} The program has no type of this name. */
  type(name: string): ValueType {
    if (isElemtypeName(name)) return name;
    const type = this.types.get(name);
    if (type === undefined) throw new ProtocolError(`the program has no type ${name}`);
    return type;
  }

  /** Returns the index that identifies the type in messages. */
  typeIndex(type: TypeInfo): number {
    return this.#typeIndex.get(type.name) ?? -1;
  }

  /** Returns the operation of kind `of` on a type, or `undefined` if the program has none. */
  operation(of: OperationInfo["of"], type: string | null, name?: string): Operation | undefined {
    return this.#byKey.get(key({ of, type, name: name ?? null }));
  }
}

function key(info: Pick<OperationInfo, "of" | "type" | "name">): string {
  // The other kinds exist once per type, so their names are not part of the key.
  const named = info.of === "project" || info.of === "construct" || info.of === "destruct";
  const name = info.of === "entry" || named ? (info.name ?? "") : "";
  return JSON.stringify([info.of, info.of === "entry" ? null : info.type, name]);
}

function label(info: OperationInfo): string {
  if (info.of === "entry") return info.name ?? "";
  const name = info.name ? ` ${info.name}` : "";
  return `${info.type} ${info.of}${name}`;
}
