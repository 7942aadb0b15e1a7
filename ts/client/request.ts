import type { Packer } from "../wire/packer.ts";
import type { Unpacker } from "../wire/unpacker.ts";
import type { ResultSlots } from "./slot.ts";

/**
 * A message to the worker, and how to process its reply. Sent by a client, which delivers the
 * result in its own manner.
 */
export interface Request<T> {
  readonly kind: number;
  /** Writes the body. If this throws, the request fails and nothing is sent. */
  write(body: Packer): void;
  /** Decodes the reply into the result. */
  decode(reply: Unpacker): T;
  /** The slots of the results, for a pending call that can be passed on. */
  readonly slots?: ResultSlots | undefined;
  /** Called with the cause of a failure before the failure is reported to the caller. */
  failed?(error: unknown): void;
  /** Called while the worker processes the request; possibly after the reply, or never. */
  meanwhile?(): void;
  /** The name of the call, used in messages about the worker's exit. */
  readonly label?: string | undefined;
  /** The time limit in milliseconds, for a client that enforces limits itself. */
  readonly limitMs?: number | undefined;
}
