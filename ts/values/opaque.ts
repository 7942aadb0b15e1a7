import type { OpaqueTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { attempt } from "../client/channel.ts";
import { storeOpaque } from "../transfer/opaques.ts";
import { Handle } from "./handle.ts";

/**
 * A value of a type that is not an array of scalars. As such: one of an abstract type,
 * which only the program's own entry points can look into.
 */
export class FutharkOpaque<
  Name extends string = string,
  T extends OpaqueTypeInfo = OpaqueTypeInfo,
  M extends Manner = "promise",
> extends Handle<T, Name, M> {
  declare readonly "~blocking": FutharkOpaque<Name, T, "blocking">;

  /**
   * Serialises the value.
   * @returns Bytes that the same program restores by `fut.types[…].restore`, in this process or
   *   another and on any back end. They are framed with the program's identity, their
   *   length and a checksum.
   * @throws {ValueStateError} `freed` or `consumed`.
   */
  store(): Answer<M, Uint8Array> {
    const { channel } = this.session;
    return attempt(channel, () => channel.request(storeOpaque(this.use("store"))));
  }

  override toString(): string {
    return this.describe();
  }
}
