import type { Channel } from "../../client/channel.ts";
import type { Client } from "../../client/client.ts";
import { pendingOf } from "../../client/pending-tuple.ts";
import type { Request } from "../../client/request.ts";
import { PromisedResults } from "../../client/results.ts";
import type { Slot } from "../../client/slot.ts";
import type { FutharkError } from "../../errors.ts";
import type { Slab } from "../../memory/block.ts";
import { appendFrame } from "../../wire/frame-writer.ts";
import { FREE, SLAB } from "../../wire/messages.ts";
import { Packer } from "../../wire/packer.ts";

/** An array in shared memory: where its message is in a slab. */
export type Part = readonly [slab: Slab, start: number, bytes: number];

/** The requests of a task, and the arrays in shared memory that they name. */
export interface Recording {
  readonly frames: Uint8Array;
  /** Slab, offset and size of each array. */
  readonly parts: readonly Part[];
  /** Gives the shared memory back, once the driver has read it or never will. */
  release(reachable: boolean): void;
}

/**
 * The channel to a driver, which also records requests instead of sending them: what is recorded
 * is sent to whichever actor runs the task, again if need be.
 */
export class TaskChannel extends PromisedResults implements Channel<"promise"> {
  #client: Client;
  readonly #maxBytes: number;
  readonly #packer: Packer = new Packer();
  #recording = false;
  #parts: Part[] = [];
  #made: Slot[] = [];
  #done: ((reachable: boolean) => void)[] = [];

  constructor(client: Client, maxMessageBytes: number) {
    super();
    this.#client = client;
    this.#maxBytes = maxMessageBytes;
  }

  /** Goes on with another driver. */
  use(client: Client): void {
    this.#client = client;
  }

  /**
   * Records the requests that `make` makes.
   * @param release Called with the slots of their results, which nobody will use.
   */
  record(make: () => void, release: (slots: readonly Slot[]) => void): Recording {
    this.#recording = true;
    const parts: Part[] = [];
    const done: ((reachable: boolean) => void)[] = [];
    [this.#parts, this.#done, this.#made] = [parts, done, []];
    const giveBack = (reachable: boolean): void => {
      for (const each of done.splice(0)) each(reachable);
    };
    try {
      make();
      return { frames: this.#packer.take().slice(), parts, release: giveBack };
    } catch (error) {
      giveBack(false);
      throw error;
    } finally {
      this.#recording = false;
      this.#packer.rewind(0);
      this.#packer.reuse();
      release(this.#made);
    }
  }

  /** Notes an array in shared memory that the next request names. */
  lends(slab: Slab, start: number, bytes: number): void {
    if (this.#recording) this.#parts.push([slab, start, bytes]);
  }

  request<T>(request: Request<T>): Promise<T> {
    if (!this.#recording) return this.#client.request(request);
    appendFrame(this.#packer, 1, request.kind, request, this.#maxBytes);
    const slots = request.slots ?? [];
    for (const slot of slots) if (slot !== undefined) this.#made.push(slot);
    return pendingOf<T>(() => {}, slots);
  }

  post(kind: number, write: (body: Packer) => void): void {
    // What the driver keeps is not part of a task.
    if (!this.#recording || kind === SLAB || kind === FREE) this.#client.post(kind, write);
    else appendFrame(this.#packer, 0, kind, { write }, this.#maxBytes);
  }

  afterNext(done: (reachable: boolean) => void): void {
    if (this.#recording) this.#done.push(done);
    else this.#client.afterNext(done);
  }

  acknowledge(): void {
    // The end of a recording that fails gives everything back.
    if (!this.#recording) this.#client.acknowledge();
  }

  get running(): string | undefined {
    return this.#client.running;
  }

  get failure(): FutharkError | undefined {
    return this.#client.failure;
  }

  checkLength(bytes: number, what: string): void {
    this.#client.checkLength(bytes, what);
  }
}
