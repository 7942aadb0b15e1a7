import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { findPython } from "../../ts/setup/python-env.ts";
import { workerEnv } from "../../ts/worker/worker-options.ts";

interface Answer {
  readonly id: number;
  readonly result?: string;
  readonly error?: string;
}

/** A Python process, or a Jupyter kernel, that runs code for a test. */
export class RemotePython {
  readonly process: ChildProcess;
  readonly #waiting: Map<number, (answer: Answer) => void> = new Map();
  readonly #ended: Promise<unknown>;
  #lastId = 0;

  constructor(script: "process.py" | "kernel.py", env?: Record<string, string>) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.process = spawn(findPython(), [path], {
      env: workerEnv(env),
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#ended = once(this.process, "close");
    (this.process.stdin as Writable).on("error", () => {}); // it has exited, which replies report
    const lines = createInterface(this.process.stdout as Readable);
    lines.on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    // Closed after the exit, so how it ended is known.
    void this.#ended.then(() => {
      const { exitCode, signalCode } = this.process;
      const error = `the process ended (${signalCode ?? exitCode})`;
      for (const answer of this.#waiting.values()) answer({ id: 0, error });
    });
  }

  /** Runs code; returns the repr of its last expression. */
  run(code: string): Promise<string> {
    return this.#ask({ code });
  }

  /** Sends a command to the driver of a kernel. */
  kernel(order: "kill" | "shut down"): Promise<string> {
    return this.#ask({ kernel: order });
  }

  /** Runs code that returns a string. */
  async text(code: string): Promise<string> {
    return (await this.run(code)).slice(1, -1);
  }

  /** Ends the process in order, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.process.stdin?.end();
    await this.#ended;
  }

  async #ask(request: object): Promise<string> {
    this.#lastId++;
    const id = this.#lastId;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.process.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return result ?? "";
  }
}
