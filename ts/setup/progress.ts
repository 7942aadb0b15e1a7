/** Where progress is shown; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface Step {
  readonly label: string;
  readonly startedAt: number;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const HEARTBEAT_MS = 20_000;

/**
 * Shows long steps while they run, several at a time.
 * On a terminal one live line holds all that is running; elsewhere each step is a line when it
 * starts, one when it ends, and one now and then in between, so that a log shows life.
 */
export class Progress {
  readonly #stream: ProgressStream | undefined;
  readonly #running = new Set<Step>();
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;

  /** @param stream `undefined` shows nothing. */
  constructor(stream: ProgressStream | undefined = process.stderr) {
    this.#stream = stream;
  }

  /** Runs `work`, showing `label` until it ends. */
  async step<T>(label: string, work: () => Promise<T>): Promise<T> {
    const step: Step = { label, startedAt: performance.now() };
    this.#start(step);
    let mark = "✗";
    try {
      const result = await work();
      mark = "✓";
      return result;
    } finally {
      this.#end(step, mark);
    }
  }

  /** Writes a line of its own. */
  note(text: string): void {
    this.#erase();
    this.#stream?.write(`${text}\n`);
    this.#draw();
  }

  #start(step: Step): void {
    this.#running.add(step);
    if (this.#stream === undefined) return;
    if (this.#stream.isTTY !== true) this.note(`· ${step.label} ...`);
    this.#timer ??= setInterval(
      () => this.#tick(),
      this.#stream.isTTY === true ? 100 : HEARTBEAT_MS,
    );
  }

  #end(step: Step, mark: string): void {
    this.#running.delete(step);
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    this.note(`${mark} ${step.label} (${elapsed(step)})`);
  }

  #tick(): void {
    this.#frame++;
    if (this.#stream?.isTTY === true) {
      this.#draw();
    } else {
      for (const step of this.#running) this.note(`· ${step.label}: ${elapsed(step)} so far`);
    }
  }

  #draw(): void {
    if (this.#stream?.isTTY !== true || this.#running.size === 0) return;
    const steps = [...this.#running].map((step) => `${step.label} ${elapsed(step)}`).join("  ·  ");
    const line = `${FRAMES[this.#frame % FRAMES.length]} ${steps}`;
    this.#stream.write(`\r\x1b[K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  #erase(): void {
    if (this.#stream?.isTTY === true) this.#stream.write("\r\x1b[K");
  }
}

function elapsed(step: Step): string {
  const seconds = (performance.now() - step.startedAt) / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
