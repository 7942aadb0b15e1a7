import { lowerOne } from "../../arguments/lower.ts";
import type { Session } from "../../client/session.ts";
import type { Slot } from "../../client/slot.ts";
import { ArgumentError, isFutharkError } from "../../errors.ts";
import { nd } from "../../nd-array/nd.ts";
import { announce } from "../../transfer/slabs.ts";
import { FRAME_HEADER_BYTES } from "../../wire/frames.ts";
import { NEW } from "../../wire/messages.ts";
import { READS } from "../arguments.ts";
import { ClusterInput } from "../input.ts";
import type { Recording, TaskChannel } from "./task-channel.ts";

interface Kept {
  readonly recording: Recording;
  /** The tasks that have not ended and use it. */
  users: number;
}

/**
 * The inputs that tasks share. Each is kept here as the request that makes it, so that a driver
 * that replaces another one gets it too, until it was freed and no task uses it.
 */
export class SharedInputs {
  readonly #session: Session<"promise">;
  readonly #channel: TaskChannel;
  readonly #kept: Map<Slot, Kept> = new Map();
  // A safety net for inputs that are never freed explicitly.
  readonly #registry: FinalizationRegistry<Slot> = new FinalizationRegistry((slot) =>
    this.#free(slot),
  );

  constructor(session: Session<"promise">, channel: TaskChannel) {
    this.#session = session;
    this.#channel = channel;
  }

  /** @throws {ArgumentError | OutOfMemoryError} The program has no such type, or it has no room. */
  async put(data: unknown): Promise<ClusterInput> {
    const array = nd(data as never);
    const name = `${"[]".repeat(array.rank)}${array.elemtype}`;
    const type = this.#session.catalog.types.get(name);
    if (type?.kind !== "array") {
      throw new ArgumentError(
        `pool.put: expected an array of a type that the program uses, got ${name}`,
      );
    }
    const copy = READS.array(array);
    let slot: Slot | undefined;
    const recording = this.#channel.record(
      () => {
        [slot] = lowerOne(this.#session, type, copy, "pool.put").operands as [Slot];
      },
      () => {},
    );
    const made = slot as unknown as Slot; // set by what was recorded
    this.#kept.set(made, { recording, users: 0 });
    try {
      await this.#send(recording);
    } catch (error) {
      // The next driver gets it.
      if (!isFutharkError(error, "worker-exit")) {
        made.state = "freed";
        this.#release(made);
        throw error;
      }
    }
    const input = new ClusterInput(made, () => this.#free(made));
    this.#registry.register(input, made);
    return input;
  }

  /** Gives all of them to a new driver. */
  sendAll(): void {
    // A failure is reported by the tasks that use it.
    for (const { recording } of this.#kept.values()) this.#send(recording).catch(() => {});
  }

  /** Keeps inputs until a task has ended. */
  use(slots: Iterable<Slot>): void {
    for (const slot of slots) (this.#kept.get(slot) as Kept).users++;
  }

  unuse(slots: Iterable<Slot>): void {
    for (const slot of slots) {
      const kept = this.#kept.get(slot);
      if (kept === undefined) continue;
      kept.users--;
      this.#release(slot);
    }
  }

  /** Gives their memory back; the driver has ended. */
  clear(): void {
    for (const slot of [...this.#kept.keys()]) {
      slot.state = "freed";
      (this.#kept.get(slot) as Kept).users = 0;
      this.#release(slot);
    }
  }

  async #send({ frames, parts }: Recording): Promise<void> {
    for (const [slab] of parts) announce(this.#session, slab);
    await this.#channel.request({
      kind: NEW,
      write: (body) => body.bytes(frames.subarray(FRAME_HEADER_BYTES)),
      decode: () => undefined,
      label: "pool.put",
    });
  }

  #free(slot: Slot): void {
    if (slot.state === "live") slot.state = "freed";
    this.#release(slot);
  }

  #release(slot: Slot): void {
    const kept = this.#kept.get(slot);
    if (kept === undefined || kept.users > 0 || slot.state !== "freed") return;
    this.#kept.delete(slot);
    this.#session.release(slot);
    // What the driver has not read yet is read before this is answered.
    this.#channel.afterNext((reachable) => kept.recording.release(reachable));
    this.#channel.acknowledge();
  }
}
