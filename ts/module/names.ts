import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../spelling.ts";

/** A misspelt name is told at once, with the names that exist, not as "not a function". */
export function unknownNameThrows<T>(
  names: Record<string, T>,
  what: string,
  spelt: (name: string) => string = (name) => name,
): Readonly<Record<string, T>> {
  return new Proxy(Object.freeze(names), {
    get(target, name) {
      const value = Reflect.get(target, name);
      // Promises and JSON look for these names on whatever they are given.
      const probed = typeof name === "symbol" || name === "then" || name === "toJSON";
      if (value !== undefined || probed) return value;
      const same = Object.keys(target).find((known) => spelt(known) === spelt(name));
      if (same !== undefined) return target[same];
      const known = Object.keys(target);
      throw new ArgumentError(
        `the program has no ${what} ${name}; it has ${known.join(", ") || "none"}${didYouMean(name, known)}`,
      );
    },
  });
}

/**
 * A type's name without the spaces that say nothing: compilers write `(i32, i32)`, people `(i32,i32)`.
 */
export function unspaced(type: string): string {
  return type
    .replace(/\s+/g, " ")
    .replace(/ ?([^\w\s'.#]) ?/g, "$1")
    .trim();
}
