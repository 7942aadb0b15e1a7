import { inspect } from "node:util";

/** A value of a sum type as plain data: what {@link variant} makes. */
export class Variant {
  readonly variant: string;
  readonly payload: readonly unknown[];

  constructor(name: string, payload: readonly unknown[]) {
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
export function variant(name: string, ...payload: unknown[]): Variant {
  return new Variant(name, payload);
}
