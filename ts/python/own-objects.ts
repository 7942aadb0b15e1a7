import { inspect } from "node:util";

/** JavaScript objects and functions that Python holds, and the operations that it may perform. */
export class OwnObjects {
  readonly #objects: Map<number, object> = new Map();
  readonly #errors: Map<number, unknown> = new Map();
  #lastId = 0;

  add(value: object): number {
    this.#lastId++;
    this.#objects.set(this.#lastId, value);
    return this.#lastId;
  }

  get(number: number): object {
    const found = this.#objects.get(number);
    if (found === undefined) throw new TypeError(`no object has the number ${number}`);
    return found;
  }

  /** Removes an object that Python no longer holds. */
  drop(number: number): void {
    this.#objects.delete(number);
  }

  /** Performs an operation requested by Python. The result may be a promise. */
  ask(action: string, number: number, args: readonly unknown[]): unknown {
    const object = this.get(number) as Record<string, unknown>;
    const [name, value] = args as [string, unknown];
    switch (action) {
      case "call":
        return (object as unknown as (...args: readonly unknown[]) => unknown)(...args);
      case "get": {
        const found = object[name];
        return typeof found === "function" ? found.bind(object) : found;
      }
      case "set":
        object[name] = value;
        return undefined;
      case "items":
        return [...(object as unknown as Iterable<unknown>)];
      case "inspect":
        return inspect(object);
      default:
        throw new TypeError(`unknown operation ${action} on an object`);
    }
  }

  /** Keeps an error of a callback for a while, since Python may pass it back. Returns its id. */
  keepError(error: unknown): number {
    this.#lastId++;
    this.#errors.set(this.#lastId, error);
    for (const old of this.#errors.keys()) {
      if (this.#errors.size <= MAX_ERRORS) break;
      this.#errors.delete(old);
    }
    return this.#lastId;
  }

  error(number: number): unknown {
    return this.#errors.get(number);
  }
}

const MAX_ERRORS = 100;
