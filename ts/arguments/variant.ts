import { inspect } from "node:util";

/** A value of a sum type as plain data: what {@link variant} makes. */
export class Variant<N extends string = string, P extends readonly unknown[] = readonly unknown[]> {
  readonly variant: N;
  readonly payload: P;

  constructor(name: N, payload: P) {
    this.variant = name;
    this.payload = payload;
  }

  [inspect.custom](): string {
    return [`#${this.variant}`, ...this.payload.map((value) => inspect(value))].join(" ");
  }
}

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
