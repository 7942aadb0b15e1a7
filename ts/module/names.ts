import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../spelling.ts";

/** Makes unknown names throw and list the known ones, instead of being "not a function" later. */
export function unknownNameThrows<T>(
  names: Record<string, T>,
  what: string,
  spelt: (name: string) => string = (name) => name,
): Readonly<Record<string, T>> {
  return new Proxy(Object.freeze(names), {
    get(target, name) {
      const value = Reflect.get(target, name);
      // Promises and JSON probe every object for these names.
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

/** Removes insignificant spaces from the name of a type: `(i32, i32)` becomes `(i32,i32)`. */
export function unspaced(type: string): string {
  return type
    .replace(/\s+/g, " ")
    .replace(/ ?([^\w\s'.#]) ?/g, "$1")
    .trim();
}
