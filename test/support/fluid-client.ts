import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import WebSocket from "ws";

const HEADER = 40;

/** A page without a browser: it takes frames, and acknowledges each when asked to. */
export class Client {
  readonly socket: WebSocket;
  readonly size: number;
  readonly stream: IncomingMessage;
  /** The frames that came, whole ones only. */
  readonly frames: { readonly number: number; readonly pixels: Buffer }[] = [];
  /** What the server said. */
  readonly notes: string[];
  #rest: Buffer = Buffer.alloc(0);

  static async open(url: string, read = true): Promise<Client> {
    const socket = new WebSocket(`${url.replace("http", "ws")}control`);
    const notes: string[] = [];
    const welcome = await new Promise<{ id: string; size: number }>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("message", (data) => {
        const message = JSON.parse(String(data));
        if (message.note === undefined) resolve(message);
        else notes.push(message.note);
      });
    });
    const request = get(`${url}frames/${welcome.id}`);
    const [stream] = (await once(request, "response")) as [IncomingMessage];
    return new Client(socket, stream, welcome.size, notes, read);
  }

  private constructor(
    socket: WebSocket,
    stream: IncomingMessage,
    size: number,
    notes: string[],
    read: boolean,
  ) {
    this.socket = socket;
    this.stream = stream;
    this.size = size;
    this.notes = notes;
    stream.on("error", () => {}); // it was cut
    if (read) stream.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  send(kind: string, body: object = {}): void {
    this.socket.send(JSON.stringify([kind, body]));
  }

  /** Says of every frame, from now on and as it comes, that it was drawn. */
  drawAll(): void {
    for (const { number } of this.frames) this.drawn(number);
    this.#draws = true;
  }
  #draws = false;

  drawn(frame: number): void {
    this.send("drawn", { frame, age: 1, show: 1 });
  }

  async close(): Promise<void> {
    this.stream.destroy();
    this.socket.close();
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, "close");
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const length = HEADER + this.size ** 2 * 4;
    for (; this.#rest.length >= length; this.#rest = this.#rest.subarray(length)) {
      const number = this.#rest.readDoubleLE(0);
      this.frames.push({ number, pixels: this.#rest.subarray(HEADER, length) });
      if (this.#draws) this.drawn(number);
    }
  }
}
