import type { OpaqueTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { attempt } from "../client/channel.ts";
import { storeOpaque } from "../transfer/opaques.ts";
import { Handle } from "./handle.ts";

/**
 * A handle to a value that is not an array of scalars. Used directly for abstract types, which are
 * opaque outside the program's own entry points.
 */
export class FutharkOpaque<
  Name extends string = string,
  T extends OpaqueTypeInfo = OpaqueTypeInfo,
  M extends Manner = "promise",
> extends Handle<T, Name, M> {
  declare readonly "~blocking": FutharkOpaque<Name, T, "blocking">;

  /**
   * Serializes the value.
   * @returns Bytes that `fut.types[…].restore` of the same program accepts, in any process and on
   *   any backend. They include a header with the program's identity, the length and a checksum.
   * @throws {ValueStateError} If the value was freed, consumed or lost.
   */
  store(): Answer<M, Uint8Array> {
    const { channel } = this.session;
    return attempt(channel, () => channel.request(storeOpaque(this.use("store"))));
  }

  override toString(): string {
    return this.describe();
  }
}
