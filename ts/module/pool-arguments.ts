import { got } from "../arguments/got.ts";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import { hasSlots } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";

/**
 * Copies the arguments of a call that may start later, or start again.
 * @throws {ArgumentError} A handle or a pending call: it belongs to one worker.
 */
export function copyArguments(args: readonly unknown[], info: EntryPointInfo): unknown[] {
  return args.map((arg, i) => {
    const parameter = info.inputs[i]?.name;
    const name = parameter === undefined ? "" : ` (${parameter})`;
    return copyData(arg, `${info.name} argument ${i + 1}${name}`);
  });
}

function copyData(value: unknown, where: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (hasSlots(value) || value instanceof Promise) {
    throw new ArgumentError(
      `${where}: expected plain data, got ${got(value)}: values stay in one worker; use pool.run with a function that makes and uses them there`,
    );
  }
  if (value instanceof NdArray) return value.copy();
  if (ArrayBuffer.isView(value)) return structuredClone(value);
  if (Array.isArray(value)) return value.map((item) => copyData(item, where));
  if (!isRecord(value)) return value; // Arrow's columns and tables do not change
  const fields = Object.entries(value).map(([key, item]) => [key, copyData(item, where)]);
  return Object.fromEntries(fields);
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
