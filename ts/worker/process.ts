import type { Socket } from "node:net";
import type { Look } from "../client/spin-wait.ts";
import type { Transport } from "../client/transport.ts";
import { type FutharkError, WorkerExitError } from "../errors.ts";
import { Child, type Exit, type WorkerPlace } from "./child.ts";
import { type Output, sinkOf, stdoutOf } from "./output.ts";
import { OutputReader } from "./output-reader.ts";
import { DECLINED, OFFER_BYTES, openPipes, type Pipes, TAKEN } from "./pipes.ts";
import { drained, GRACE_MS, within } from "./within.ts";

/** A transport to a process of our own. */
export interface WorkerTransport extends Transport {
  readonly pid: number;
  /** Resolves when the worker has ended: with how, and the last of its stderr. */
  readonly ended: Promise<WorkerFacts>;
}

/** How a worker ended, and the last that it wrote to stderr. */
export interface WorkerFacts extends Exit {
  readonly stderr: string;
  /** It went on after its end of the connection was closed. */
  readonly cutOff?: boolean;
}

/**
 * Starts a Python worker and talks to it over private pipes, or a pair of sockets: its stdin is
 * empty, what it prints goes where the option `output` says, and the end of its stderr is kept for
 * error messages.
 * @throws {ArgumentError | BuildError} It cannot be started.
 */
export function spawnWorker(place: WorkerPlace): WorkerTransport {
  const { output } = place;
  const child = new Child(place, [WORKER], ["ignore", stdoutOf(output), "pipe", "pipe"]);
  return new WorkerProcess(child, output);
}

const WORKER = "from futhark_bridge.worker.process import main; main(3, 4)";

class WorkerProcess implements WorkerTransport {
  readonly ended: Promise<WorkerFacts>;
  readonly #child: Child;
  readonly #socket: Socket;
  readonly #stderr: OutputReader;
  readonly #printed: readonly OutputReader[];
  /** Unknown until the worker has made its offer; then what is used, or none: the socket is. */
  #pipes: Pipes | undefined | null;
  #early: Uint8Array[] = [];
  #offer: Uint8Array = new Uint8Array();
  #onData: (chunk: Uint8Array) => void = () => {};
  #onCut: () => void = () => {};
  #held = true;

  constructor(child: Child, output: Output) {
    this.#child = child;
    // stdio 3 of `spawn` with "pipe" is a duplex socket.
    this.#socket = child.streams[0] as Socket;
    const { stdout, stderr } = child.process as {
      stdout: Socket | null;
      stderr: Socket | null;
    };
    this.#stderr = new OutputReader(stderr as Socket, sinkOf(output, "stderr")); // which "pipe" gives
    const others = stdout === null ? [] : [new OutputReader(stdout, sinkOf(output, "stdout"))];
    this.#printed = [this.#stderr, ...others];
    this.hold(false);
    const cut = new Promise<void>((resolve) => {
      this.#onCut = resolve;
    });
    this.ended = this.#end(cut);
    this.#watch(this.#socket);
    this.#socket.on("data", (chunk) => this.#receive(chunk));
  }

  get pid(): number {
    return this.#child.pid;
  }

  write(bytes: Uint8Array): void {
    if (this.#pipes === undefined) this.#early.push(bytes);
    else (this.#pipes?.requests ?? this.#socket).write(bytes);
  }

  get queuedBytes(): number {
    if (this.#pipes === null) return this.#socket.writableLength;
    if (this.#pipes !== undefined) return this.#pipes.requests.queuedBytes;
    return this.#early.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  get look(): Look {
    return this.#pipes?.input.look;
  }

  hold(yes: boolean): void {
    if (yes === this.#held) return;
    this.#held = yes;
    // The streams may close before the worker's end is known: then the process alone is waited for.
    for (const each of [this.#child.process, ...this.#streams()]) {
      if (yes) each.ref();
      else each.unref();
    }
  }

  listen(
    onData: (chunk: Uint8Array) => void,
    onEnd: (error: FutharkError) => void,
    running: () => string | undefined,
  ): void {
    this.#onData = onData;
    void this.ended.then((facts) => onEnd(workerExit(facts, running())));
  }

  whenGone(run: (reachable: boolean) => void): void {
    void this.ended.then(() => run(false));
  }

  async gone(): Promise<void> {
    this.#child.process.ref();
    await this.ended;
  }

  kill(): void {
    this.#child.kill();
  }

  /** Takes what comes on the socket: the worker's offer, and replies where that is declined. */
  #receive(chunk: Uint8Array): void {
    if (this.#pipes !== undefined) {
      this.#onData(chunk);
      return;
    }
    this.#offer = Buffer.concat([this.#offer, chunk]);
    if (this.#offer.byteLength < OFFER_BYTES) return;
    const pipes = openPipes(this.#offer, (bytes) => this.#onData(bytes));
    this.#socket.write(pipes === undefined ? DECLINED : TAKEN);
    this.#pipes = pipes ?? null;
    if (pipes !== undefined) {
      for (const stream of [pipes.requests.socket, pipes.replies]) {
        this.#watch(stream);
        if (!this.#held) stream.unref();
      }
    }
    for (const bytes of this.#early.splice(0)) this.write(bytes);
  }

  #streams(): Socket[] {
    const pipes = this.#pipes;
    return pipes ? [this.#socket, pipes.requests.socket, pipes.replies] : [this.#socket];
  }

  /** What breaks the connection is the worker's end. */
  #watch(stream: Socket): void {
    stream.on("error", this.#onCut).once("end", this.#onCut).once("close", this.#onCut);
  }

  /** Waits for the end of the process, or of a stream: then it is ended. Never rejects. */
  async #end(cut: Promise<void>): Promise<WorkerFacts> {
    const { exit } = this.#child;
    await Promise.race([exit, cut]);
    // A process that ends closes its streams a moment before.
    const cutOff = !(await within(CUT_MS, (done) => void exit.then(done)));
    if (cutOff) {
      this.kill();
      await within(GRACE_MS, (done) => void exit.then(done));
    }
    // The last replies, and the reason on stderr, may still be under way.
    const printed = this.#printed.map((reader) => reader.drained());
    await Promise.all([drained(this.#pipes?.replies ?? this.#socket), ...printed]);
    for (const stream of this.#streams()) stream.destroy();
    const { exitCode, signalCode: signal } = this.#child.process;
    return { exitCode, signal, stderr: this.#stderr.tail, cutOff: cutOff && signal === "SIGKILL" };
  }
}

/** @param call What the worker was at. */
export function workerExit(facts: WorkerFacts, call: string | undefined): WorkerExitError {
  const { exitCode, signal, stderr, cutOff = false } = facts;
  const during = call === undefined ? "" : ` during ${call}`;
  const ended = signal === null ? `exited with status ${exitCode}` : `was ended by ${signal}`;
  const how = cutOff ? "closed its connection, and was ended," : ended;
  const last = stderr.trim().split("\n").slice(-8).join("\n");
  const said = last === "" ? "" : `; it said:\n${last}`;
  return new WorkerExitError(`the worker ${how}${during}${said}`, facts);
}

/** How long a worker whose streams have ended may take to end. */
const CUT_MS = 100;
