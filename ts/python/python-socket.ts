import { connect, type Socket } from "node:net";
import { FrameReader } from "../wire/frames.ts";
import { MAX_BYTES, type ReceivedMessage, unpackMessage } from "./message.ts";

/** The socket on which the worker listens, and the secret that it expects first. */
export interface PythonPlace {
  readonly socket: string;
  readonly secret: string;
  /** The process that listens. */
  readonly pid: number;
}

/** The second connection to a worker, for messages about Python objects. */
export class PythonSocket {
  readonly #socket: Socket;

  /** @param onEnd Called once, when no more messages will arrive. */
  constructor(
    { socket, secret, pid }: PythonPlace,
    onMessage: (message: ReceivedMessage) => void,
    onEnd: (cause: unknown) => void,
  ) {
    const reader = new FrameReader(MAX_BYTES);
    let reason: unknown;
    this.#socket = connect(socket);
    this.#socket.unref();
    this.#socket.write(secret);
    this.#socket.on("data", (chunk: Uint8Array) => {
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      try {
        reader.push(bytes, (frame) => {
          if (frame.failure !== undefined) throw frame.failure;
          onMessage(unpackMessage(frame, pid));
        });
      } catch (error) {
        reason = error;
        this.#socket.destroy();
      }
    });
    this.#socket.on("error", (error) => {
      reason = error;
    });
    this.#socket.once("close", () => onEnd(reason));
  }

  /** The number of bytes waiting to be sent. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  send(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#socket.write(piece);
  }

  /** Sets whether the connection keeps Node running. */
  hold(yes: boolean): void {
    if (yes) this.#socket.ref();
    else this.#socket.unref();
  }
}
