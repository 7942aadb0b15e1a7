import type { Socket } from "node:net";
import type { Look } from "../client/spin-wait.ts";
import type { Transport } from "../client/transport.ts";
import { type FutharkError, WorkerExitError } from "../errors.ts";
import { Child, type Exit, type WorkerPlace } from "./child.ts";
import { type Output, sinkOf, stdoutOf } from "./output.ts";
import { OutputReader } from "./output-reader.ts";
import { DECLINED, OFFER_BYTES, openPipes, type Pipes, TAKEN } from "./pipes.ts";
import { drained, GRACE_MS, within } from "./within.ts";

/** A transport to a process that this one started. */
export interface WorkerTransport extends Transport {
  readonly pid: number;
  /** Resolves when the worker has exited, with its exit status and the end of its stderr. */
  readonly ended: Promise<WorkerFacts>;
}

/** How a worker exited, and the last part of its stderr. */
export interface WorkerFacts extends Exit {
  readonly stderr: string;
  /** Whether it was killed because it kept running after closing its connection. */
  readonly cutOff?: boolean;
}

/**
 * Starts a Python worker connected by private pipes or a socket pair. Its stdin is empty, its
 * output goes where the option `output` says, and the end of its stderr is kept for error messages.
 * @param program What it runs; default: a worker.
 * @throws {ArgumentError | BuildError} The worker cannot be started.
 */
export function spawnWorker(place: WorkerPlace, program: string = WORKER): WorkerTransport {
  const { output } = place;
  const child = new Child(place, [program], ["ignore", stdoutOf(output), "pipe", "pipe"]);
  return new WorkerProcess(child, output);
}

const WORKER = "from futhark_bridge.worker.process import main; main(3, 4)";

/** The program that stands between this process and a cluster. */
export const CLUSTER_DRIVER = "from futhark_bridge.ray.driver import main; main(3, 4)";

class WorkerProcess implements WorkerTransport {
  readonly ended: Promise<WorkerFacts>;
  readonly #child: Child;
  readonly #socket: Socket;
  readonly #stderr: OutputReader;
  readonly #printed: readonly OutputReader[];
  /** `undefined` until the worker has made its offer; `null` if the socket is used instead. */
  #pipes: Pipes | undefined | null;
  #early: Uint8Array[] = [];
  #offer: Uint8Array = new Uint8Array();
  #onData: (chunk: Uint8Array) => void = () => {};
  #onCut: () => void = () => {};
  #held = true;

  constructor(child: Child, output: Output) {
    this.#child = child;
    // `spawn` creates a duplex socket for a "pipe" at index 3.
    this.#socket = child.streams[0] as Socket;
    const { stdout, stderr } = child.process as {
      stdout: Socket | null;
      stderr: Socket | null;
    };
    this.#stderr = new OutputReader(stderr as Socket, sinkOf(output, "stderr")); // set by "pipe"
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
    // The streams may close before the exit is reported, so the process is referenced as well.
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

  /** Receives data from the socket: the worker's offer, and replies if it is declined. */
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

  /** Treats an error or the end of a stream as the end of the worker. */
  #watch(stream: Socket): void {
    stream.on("error", this.#onCut).once("end", this.#onCut).once("close", this.#onCut);
  }

  /** Waits until the process exits, or a stream ends and the process is killed. Never rejects. */
  async #end(cut: Promise<void>): Promise<WorkerFacts> {
    const { exit } = this.#child;
    await Promise.race([exit, cut]);
    // A process that exits closes its streams shortly before.
    const cutOff = !(await within(CUT_MS, (done) => void exit.then(done)));
    if (cutOff) {
      this.kill();
      await within(GRACE_MS, (done) => void exit.then(done));
    }
    // The last replies, and error messages on stderr, may not have been read yet.
    const printed = this.#printed.map((reader) => reader.drained());
    await Promise.all([drained(this.#pipes?.replies ?? this.#socket), ...printed]);
    for (const stream of this.#streams()) stream.destroy();
    const { exitCode, signalCode: signal } = this.#child.process;
    return { exitCode, signal, stderr: this.#stderr.tail, cutOff: cutOff && signal === "SIGKILL" };
  }
}

/** @param call The call that the worker was processing. */
export function workerExit(facts: WorkerFacts, call: string | undefined): WorkerExitError {
  const { exitCode, signal, stderr, cutOff = false } = facts;
  const during = call === undefined ? "" : ` during ${call}`;
  const ended = signal === null ? `exited with status ${exitCode}` : `was ended by ${signal}`;
  const how = cutOff ? "closed its connection and was killed" : ended;
  const last = stderr.trim().split("\n").slice(-8).join("\n");
  const said = last === "" ? "" : `; its stderr ends with:\n${last}`;
  return new WorkerExitError(`the worker ${how}${during}${said}`, facts);
}

/** The time in milliseconds that a worker may take to exit after its streams have ended. */
const CUT_MS = 100;
