import type { TypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Channel } from "../client/channel.ts";
import { Handle } from "./handle.ts";

/** How each kind of handle is copied out of Futhark: the method that its class has for it. */
interface CopiesOut<M extends Manner> {
  toNdArray?(): Answer<M, unknown>;
  toObject?(): Answer<M, unknown>;
  toObjects?(): Answer<M, unknown>;
}

/**
 * What a handle, or a pending call that gives one, is as a copy: the type of that method's result.
 * An abstract value stays its handle; of what is known at run time only nothing is known.
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

/** The copies of several. */
export type CopiesOf<T extends readonly unknown[]> = { -readonly [I in keyof T]: CopyOf<T[I]> };

/**
 * Copies a value out of Futhark: an NdArray for an array, plain objects for the rest.
 * @returns `undefined` for an abstract value: there is no other way to have it than its handle.
 */
export function copyOut<M extends Manner>(
  handle: Handle<TypeInfo, string, M> & CopiesOut<M>,
): Answer<M, unknown> | undefined {
  return handle.toNdArray?.() ?? handle.toObject?.() ?? handle.toObjects?.();
}

/** The plain data of a part that was read out of a value, whose handle is freed. */
export function toPlain<M extends Manner>(channel: Channel<M>, part: unknown): Answer<M, unknown> {
  if (!(part instanceof Handle)) return channel.known(part);
  const copy = copyOut<M>(part);
  if (copy === undefined) return channel.known(part);
  return channel.map(copy, (value) => {
    part.free();
    return value;
  });
}
