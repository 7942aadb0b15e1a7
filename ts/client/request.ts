import type { Packer } from "../wire/packer.ts";
import type { Unpacker } from "../wire/unpacker.ts";
import type { ResultSlots } from "./slot.ts";

/**
 * One message to the worker, and what becomes of its reply: a description, which a client sends,
 * and answers in its own manner.
 */
export interface Request<T> {
  readonly kind: number;
  /** Writes the body; what it throws fails the request, and nothing is sent. */
  write(body: Packer): void;
  /** Makes the result of the reply. */
  decode(reply: Unpacker): T;
  /** What it gives, for a pending call that can be passed on. */
  readonly slots?: ResultSlots | undefined;
  /** Is called with the cause of a failure before anybody else learns of it. */
  failed?(error: unknown): void;
  /** Is called when the request has been sent, while the worker does it: perhaps too late, or not at all. */
  meanwhile?(): void;
  /** Whose call it is, for messages about the worker's end. */
  readonly label?: string | undefined;
  /** How long it may take, for a client that enforces limits itself. */
  readonly limitMs?: number | undefined;
}
