import type { InputInfo, OperationInfo, ProgramInfo, TypeInfo } from "../bindings/program-info.ts";
import { type Elemtype, isElemtypeName } from "../elemtypes.ts";
import { ProtocolError } from "../errors.ts";

/** A type as parameters and results have it: a scalar's elemtype, or a type of the program. */
export type ValueType = Elemtype | TypeInfo;

/** Whether a type is a scalar's. */
export function isElemtype(type: ValueType): type is Elemtype {
  return typeof type === "string";
}

/** How many sizes come with a value of a type. */
export function rankOf(type: TypeInfo): number {
  return "rank" in type ? type.rank : 0;
}

/** An {@link OperationInfo} with its names looked up. */
export interface Operation {
  /** Its number in a CALL. */
  readonly index: number;
  readonly info: OperationInfo;
  /** How error messages name it. */
  readonly label: string;
  readonly inputs: readonly OperationInput[];
  readonly outputs: readonly ValueType[];
  /** Places of the inputs that are consumed or written to. */
  readonly overwritten: readonly number[];
  /** Results that were made since one was read: what reading ahead goes by. */
  unread: number;
}

export interface OperationInput {
  readonly info: InputInfo;
  readonly type: ValueType;
  /** How error messages name it: `dot argument 1 (xs)`. */
  readonly where: string;
}

/** The operations and types of one program, by name. */
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
        unread: Number.POSITIVE_INFINITY, // none was ever read
      };
    });
    this.#byKey = new Map(this.operations.map((operation) => [key(operation.info), operation]));
  }

  /** @throws {ProtocolError} The program has no such type. */
  type(name: string): ValueType {
    if (isElemtypeName(name)) return name;
    const type = this.types.get(name);
    if (type === undefined) throw new ProtocolError(`the program has no type ${name}`);
    return type;
  }

  /** The type's number on the wire. */
  typeIndex(type: TypeInfo): number {
    return this.#typeIndex.get(type.name) ?? -1;
  }

  /** The operation `of` kind that belongs to a type, if the program has it. */
  operation(of: OperationInfo["of"], type: string | null, name?: string): Operation | undefined {
    return this.#byKey.get(key({ of, type, name: name ?? null }));
  }
}

function key(info: Pick<OperationInfo, "of" | "type" | "name">): string {
  // `index`, `set`, `zip`, `new` and `variant` are one per type: a name would add nothing.
  const named = info.of === "project" || info.of === "construct" || info.of === "destruct";
  const name = info.of === "entry" || named ? (info.name ?? "") : "";
  return JSON.stringify([info.of, info.of === "entry" ? null : info.type, name]);
}

function label(info: OperationInfo): string {
  if (info.of === "entry") return info.name ?? "";
  const name = info.name ? ` ${info.name}` : "";
  return `${info.type} ${info.of}${name}`;
}
