import type { TypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Channel } from "../client/channel.ts";
import { Handle } from "./handle.ts";

/** The methods that copy a value out of Futhark, of which each handle class has at most one. */
interface CopiesOut<M extends Manner> {
  toNdArray?(): Answer<M, unknown>;
  toObject?(): Answer<M, unknown>;
  toObjects?(): Answer<M, unknown>;
}

/**
 * The copy of a handle, or of a pending call that returns one: the result type of its copy method.
 * An abstract value remains a handle; `any` and `unknown` are unchanged.
 */
export type CopyOf<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? unknown
    : T extends PromiseLike<infer R>
      ? CopyOf<R>
      : T extends { toNdArray(): infer P }
        ? Awaited<P>
        : T extends { toObject(): infer P }
          ? Awaited<P>
          : T extends { toObjects(): infer P }
            ? Awaited<P>
            : T extends { readonly type: string; free(): void }
              ? T
              : never;

/** The copies of several handles. */
export type CopiesOf<T extends readonly unknown[]> = { -readonly [I in keyof T]: CopyOf<T[I]> };

/**
 * Copies a value out of Futhark: an NdArray for an array, plain objects for other types.
 * @returns `undefined` for an abstract value, which exists only as a handle.
 */
export function copyOut<M extends Manner>(
  handle: Handle<TypeInfo, string, M> & CopiesOut<M>,
): Answer<M, unknown> | undefined {
  return handle.toNdArray?.() ?? handle.toObject?.() ?? handle.toObjects?.();
}

/** Copies a part of a value out of Futhark, and frees the handle of the part. */
export function toPlain<M extends Manner>(channel: Channel<M>, part: unknown): Answer<M, unknown> {
  if (!(part instanceof Handle)) return channel.known(part);
  const copy = copyOut<M>(part);
  if (copy === undefined) return channel.known(part);
  return channel.map(copy, (value) => {
    part.free();
    return value;
  });
}
