import { inspect } from "node:util";
import { defineInspect } from "../nd-array/inspect.ts";

/** A value of a sum type as plain data: what {@link variant} makes. */
export class Variant<N extends string = string, P extends readonly unknown[] = readonly unknown[]> {
  /** Tells it from data that look alike; there is no such property at run time. */
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
 * A value of a sum type, to be passed as an argument: `variant("rect", { w: 1, h: 2 })`.
 * @param name The constructor's name, without `#`.
 * @param payload Its payload, one argument each.
 */
export function variant<const N extends string, const P extends readonly unknown[]>(
  name: N,
  ...payload: P
): Variant<N, P> {
  return new Variant(name, payload);
}

/** A sum's value as plain data: of {@link variant}, or as `toObject()` of a handle gives it. */
export function asVariant(value: unknown): Variant | undefined {
  if (value instanceof Variant) return value;
  if (typeof value !== "object" || value === null) return undefined;
  const { variant: name, payload, ...others } = value as Partial<Variant>;
  if (typeof name !== "string" || !Array.isArray(payload)) return undefined;
  return Object.keys(others).length === 0 ? new Variant(name, payload) : undefined;
}
