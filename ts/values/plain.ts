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
