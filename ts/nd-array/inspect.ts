import { inspect } from "node:util";

/** Sets what `console.log` shows of a class. Isolated declarations refuse a method of such a name. */
export function defineInspect<T extends object>(prototype: T, show: (value: T) => string): void {
  Object.defineProperty(prototype, inspect.custom, {
    value(this: T): string {
      return show(this);
    },
  });
}
