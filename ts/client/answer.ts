import type { Pending } from "./pending.ts";

/** How a client delivers results: as promises, or synchronously, blocking the caller. */
export type Manner = "promise" | "blocking";

interface Answers<T> {
  readonly promise: Promise<T>;
  readonly blocking: T;
}

/** The return type of a client method whose result has type `T`. */
export type Answer<M extends Manner, T> = Answers<T>[M];

interface Results<T> {
  readonly promise: Pending<T>;
  readonly blocking: Blocking<T>;
}

/** The return type of a call that yields a handle, a scalar, or a tuple of these. */
export type CallAnswer<M extends Manner, T> = Results<T>[M];

interface Contents<T> {
  readonly promise: T;
  readonly blocking: Blocking<T>;
}

/** Values that may contain handles; the handles match the client's manner. */
export type ContentOf<M extends Manner, T> = Contents<T>[M];

/** A type that declares its own blocking form, in a property that does not exist at run time. */
export interface HasBlockingForm {
  readonly "~blocking": unknown;
}

/**
 * The blocking form of an API: methods that return promises return the value directly instead.
 * Handles are converted recursively; plain data types are unchanged.
 */
export type Blocking<T> = T extends Plain
  ? T
  : T extends Promise<infer R>
    ? Blocking<R>
    : T extends HasBlockingForm
      ? T["~blocking"]
      : // biome-ignore lint/suspicious/noExplicitAny: any function
        T extends (...args: any[]) => any
        ? BlockingFunction<T>
        : T extends object
          ? { readonly [K in keyof T]: Blocking<T[K]> }
          : T;

// Keeps the properties of functions, such as `with`.
// biome-ignore lint/suspicious/noExplicitAny: any function
type BlockingFunction<F extends (...args: any[]) => any> = ((
  ...args: Parameters<F>
) => Blocking<ReturnType<F>>) & { readonly [K in keyof F]: Blocking<F[K]> };

type Plain =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | ArrayBufferView
  | readonly string[]
  | readonly number[]
  | PlainArray;

/** Matches any NdArray class structurally. */
interface PlainArray {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  readonly elemtype: string;
  toNested(): unknown;
  contiguous(): unknown;
}
