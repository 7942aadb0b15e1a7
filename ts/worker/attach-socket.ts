import { connect, type Socket } from "node:net";
import type { Transport } from "../client/transport.ts";
import { type FutharkError, NO_PROCESS, WorkerExitError } from "../errors.ts";

/** The contents of a connection file: the socket and the process that serves it. */
export interface SocketPlace {
  readonly socket: string;
  readonly pid: number;
}

/**
 * Connects to a Python process that serves its own program on a Unix socket. The process is not
 * owned: `kill` and `gone` only close the connection.
 */
export function attachSocket(place: SocketPlace): Transport {
  return new AttachedSocket(place);
}

class AttachedSocket implements Transport {
  readonly #socket: Socket;
  readonly #pid: number;
  #reason: Error | undefined;
  #held = true;

  constructor({ socket, pid }: SocketPlace) {
    this.#pid = pid;
    this.#socket = connect(socket);
    // The `close` event follows and is the one that is reported.
    this.#socket.on("error", (error) => {
      this.#reason = error;
    });
    this.hold(false);
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Only the event loop checks for input. */
  get look(): undefined {
    return undefined;
  }

  hold(yes: boolean): void {
    if (yes === this.#held) return;
    this.#held = yes;
    if (yes) this.#socket.ref();
    else this.#socket.unref();
  }

  listen(onData: (chunk: Uint8Array) => void, onEnd: (error: FutharkError) => void): void {
    this.#socket.on("data", onData);
    this.#socket.once("close", () => onEnd(this.#ended()));
  }

  whenGone(run: (reachable: boolean) => void): void {
    // The process may continue to run, in the middle of one of our requests.
    run(true);
  }

  async gone(): Promise<void> {
    this.kill();
  }

  kill(): void {
    this.#socket.destroy();
  }

  #ended(): FutharkError {
    const cause = this.#reason;
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    const refused = code === "ENOENT" || code === "ECONNREFUSED";
    const message = refused
      ? `cannot connect (${code}): the Python process ${this.#pid} has exited or stopped sharing the program`
      : `the attached Python process ${this.#pid} has exited or stopped sharing the program`;
    return new WorkerExitError(message, NO_PROCESS, cause === undefined ? undefined : { cause });
  }
}
