import { connect, type Socket } from "node:net";
import { FrameReader } from "../wire/frames.ts";
import { type Message, packMessage, unpackMessage } from "./message.ts";

/** Where the worker waits for us, and what it wants to see first. */
export interface PythonPlace {
  readonly socket: string;
  readonly secret: string;
}

/** The second connection to a worker: messages about Python objects. */
export class PythonSocket {
  readonly #socket: Socket;

  /** @param onEnd Called once, when no more messages come. */
  constructor(
    { socket, secret }: PythonPlace,
    maxBytes: number,
    onMessage: (message: Message) => void,
    onEnd: (cause: unknown) => void,
  ) {
    const reader = new FrameReader(maxBytes);
    let reason: unknown;
    this.#socket = connect(socket);
    this.#socket.unref();
    this.#socket.write(secret);
    this.#socket.on("data", (chunk: Uint8Array) => {
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      try {
        reader.push(bytes, (frame) => onMessage(unpackMessage(frame)));
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

  send(message: Message): void {
    for (const piece of packMessage(message)) this.#socket.write(piece);
  }

  /** Whether a wait for Python keeps Node running. */
  hold(yes: boolean): void {
    if (yes) this.#socket.ref();
    else this.#socket.unref();
  }
}
