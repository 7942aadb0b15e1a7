import { inspect } from "node:util";
import { defineInspect } from "../nd-array/inspect.ts";

/** A value of a sum type as plain data, made by {@link variant}. */
export class Variant<N extends string = string, P extends readonly unknown[] = readonly unknown[]> {
  /** Distinguishes the type from structurally equal ones; does not exist at run time. */
  declare readonly "~variant": true;
  readonly variant: N;
  readonly payload: P;

  constructor(name: N, payload: P) {
    this.variant = name;
    this.payload = payload;
  }
}

defineInspect<Variant>(Variant.prototype, ({ variant, payload }) =>
  [`#${variant}`, ...payload.map((value) => inspect(value))].join(" "),
);

/**
 * Makes a value of a sum type, to pass as an argument: `variant("rect", { w: 1, h: 2 })`.
 * @param name Name of the constructor, without `#`.
 * @param payload Values of its payload, one argument each.
 */
export function variant<const N extends string, const P extends readonly unknown[]>(
  name: N,
  ...payload: P
): Variant<N, P> {
  return new Variant(name, payload);
}

/** Returns a {@link Variant} from itself or from the result of `toObject()`, else `undefined`. */
export function asVariant(value: unknown): Variant | undefined {
  if (value instanceof Variant) return value;
  if (typeof value !== "object" || value === null) return undefined;
  const { variant: name, payload, ...others } = value as Partial<Variant>;
  if (typeof name !== "string" || !Array.isArray(payload)) return undefined;
  return Object.keys(others).length === 0 ? new Variant(name, payload) : undefined;
}
