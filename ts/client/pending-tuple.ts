import { rejectWhereAwaited } from "./call-site.ts";
import { PendingCall } from "./pending.ts";
import { hasSlots, type ResultSlots, SLOTS, type Slot } from "./slot.ts";

type Executor<T> = ConstructorParameters<typeof PendingCall<T>>[0];

/** Returns the promise of a call with the given result slots. */
export function pendingOf<T>(executor: Executor<T>, results: ResultSlots): PendingCall<T> {
  // A call with several results resolves to an array.
  if (results.length > 1) return new PendingTuple(executor as never, results) as PendingCall<never>;
  const [slot] = results;
  return new PendingCall(executor, slot === undefined ? NONE : [slot]);
}

/** Returns a promise that stands for the same values as `result` and settles through `executor`. */
export function pendingLike<T>(result: Promise<T>, executor: Executor<T>): PendingCall<T> {
  if (result instanceof PendingTuple) return pendingOf(executor, result.results);
  return new PendingCall(executor, hasSlots(result) ? result[SLOTS] : NONE);
}

/** Turns the failure of a call with `count` results into a tuple whose parts share it. */
export function failedParts<A>(result: A, count: number): A {
  if (!(result instanceof PendingCall) || result instanceof PendingTuple) return result;
  const parts: ResultSlots = Array(count).fill(hasSlots(result) ? result[SLOTS][0] : undefined);
  return pendingOf((resolve, reject) => void result.then(resolve, reject), parts) as A;
}

/**
 * The results of a call with several outputs. Also an array-like of one promise per result, each of
 * which can be passed on before the reply arrives.
 *
 * A failure is reported through every used promise, of the call or of its parts. If none is used,
 * it causes a single unhandled rejection.
 */
export class PendingTuple<T extends readonly unknown[]> extends PendingCall<T> {
  readonly results: ResultSlots;
  #parts: readonly PendingCall<unknown>[] | undefined;
  #used = false;

  constructor(executor: Executor<T>, results: ResultSlots) {
    super(executor, NONE);
    this.results = results;
    nameIndices(results.length);
  }

  get length(): number {
    return this.results.length;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has one
  override then<A = T, B = never>(
    ...handlers: Parameters<typeof Promise.prototype.then<A, B>> & unknown[]
  ): Promise<A | B> {
    this.#use();
    return super.then(...(handlers as unknown as [(value: T) => A, () => B]));
  }

  override free(): void {
    for (const slot of this.results) slot?.free();
    this.then(ignore, ignore);
  }

  [Symbol.iterator](): IterableIterator<unknown> {
    return this.parts[Symbol.iterator]();
  }

  /** The promises of the parts. Returns the same array each time. */
  get parts(): readonly PendingCall<unknown>[] {
    if (this.#parts !== undefined) return this.#parts;
    const resolves: ((value: unknown) => void)[] = [];
    const use = (): void => this.#use();
    const parts = this.results.map(
      (slot) => new PendingPart((resolve) => resolves.push(resolve), slot, use),
    );
    this.#parts = parts;
    const give = (values: T): void => {
      for (const [i, resolve] of resolves.entries()) resolve(values[i]);
    };
    const fail = (error: unknown): void => {
      // With no handler attached, report the failure as an unhandled rejection.
      if (!this.#used) void Promise.reject(error);
      for (const part of parts) part.leave();
      for (const resolve of resolves) rejectWhereAwaited(resolve, error, true);
    };
    void super.then(give, fail);
    return parts;
  }

  #use(): void {
    this.#used = true;
  }
}

/** One of several results. An unused part does not report the call's failure again. */
class PendingPart<T> extends PendingCall<T> {
  readonly #use: () => void;
  #used = false;

  constructor(executor: Executor<T>, slot: Slot | undefined, use: () => void) {
    super(executor, slot === undefined ? NONE : [slot]);
    this.#use = use;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has one
  override then<A = T, B = never>(
    ...handlers: Parameters<typeof Promise.prototype.then<A, B>> & unknown[]
  ): Promise<A | B> {
    this.#used = true;
    this.#use();
    return super.then(...(handlers as unknown as [(value: T) => A, () => B]));
  }

  /** Suppresses the unhandled rejection of an unused part. */
  leave(): void {
    if (!this.#used) super.then(ignore, ignore);
  }
}

// Adds the non-mutating methods of Array, which work on any array-like.
for (const name of Object.getOwnPropertyNames(Array.prototype)) {
  if (isReading(name)) {
    const value = Array.prototype[name as "map"];
    Object.defineProperty(PendingTuple.prototype, name, { configurable: true, value });
  }
}
Object.defineProperty(PendingTuple.prototype, Symbol.isConcatSpreadable, { value: true });

function isReading(name: string): boolean {
  return /^(at|concat|entries|every|filter|find|flat|forEach|includes|indexOf|join|keys|lastIndexOf|map|reduce|slice|some|to[RS]|values|with)/.test(
    name,
  );
}

let named = 0;

/** Defines index accessors on the prototype for tuples of up to `count` parts. */
function nameIndices(count: number): void {
  for (; named < count; named++) {
    const index = named;
    Object.defineProperty(PendingTuple.prototype, index, {
      get(this: PendingTuple<unknown[]>) {
        return this.parts[index];
      },
    });
  }
}

const NONE: readonly never[] = [];
function ignore(): void {}
