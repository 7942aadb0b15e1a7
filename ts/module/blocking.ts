import type { NdArray } from "../nd-array/nd-array.ts";

/**
 * The blocking form of an API: what it promises is given at once. Handles that it gives are
 * in that form too; plain data stay as they are.
 */
export type Blocking<T> = T extends Plain
  ? T
  : T extends Promise<infer R>
    ? Blocking<R>
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
  | NdArray
  | readonly string[]
  | readonly number[];
