/** An output for progress, such as `process.stderr`. */
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
 * Shows the progress of long steps, several at a time.
 * On a terminal one line is updated with all running steps. Elsewhere each step writes a line when
 * it starts, when it ends, and at intervals in between.
 */
export class Progress {
  readonly #stream: ProgressStream | undefined;
  readonly #running = new Set<Step>();
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;

  /** @param stream Default: stderr. `null` writes nothing. */
  constructor(stream: ProgressStream | null = process.stderr) {
    this.#stream = stream ?? undefined;
  }

  /**
   * Runs `work`, showing `label` until it ends.
   * @param passed Whether a result is shown as a success.
   */
  async step<T>(
    label: string,
    work: () => Promise<T>,
    passed: (result: T) => boolean = () => true,
  ): Promise<T> {
    const step: Step = { label, startedAt: performance.now() };
    this.#start(step);
    let mark = "✗";
    try {
      const result = await work();
      if (passed(result)) mark = "✓";
      return result;
    } finally {
      this.#end(step, mark);
    }
  }

  /** Writes a separate line. */
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
