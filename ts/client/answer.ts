import type { Pending } from "./pending.ts";

/** How a client answers: by promises, or at once, while the caller waits. */
export type Manner = "promise" | "blocking";

interface Answers<T> {
  readonly promise: Promise<T>;
  readonly blocking: T;
}

/** What a client returns for a result of type `T`. */
export type Answer<M extends Manner, T> = Answers<T>[M];

interface Results<T> {
  readonly promise: Pending<T>;
  readonly blocking: Blocking<T>;
}

/** What a call returns whose result is a handle, a scalar, or several of these. */
export type CallAnswer<M extends Manner, T> = Results<T>[M];

interface Contents<T> {
  readonly promise: T;
  readonly blocking: Blocking<T>;
}

/** Values that may contain handles, which are in the client's own form. */
export type ContentOf<M extends Manner, T> = Contents<T>[M];

/** What says its blocking form itself, by a property that does not exist at run time. */
export interface HasBlockingForm {
  readonly "~blocking": unknown;
}

/**
 * The blocking form of an API: what it promises is returned at once. Handles that it returns are
 * in that form too; plain data stay as they are.
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

// Properties of functions (`with`) go along.
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

/** An NdArray, of whatever class. */
interface PlainArray {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  readonly elemtype: string;
  toNested(): unknown;
  contiguous(): unknown;
}
