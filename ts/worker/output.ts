/** The output streams of a worker. */
export type OutputStream = "stdout" | "stderr";

/**
 * Receives a worker's output. If it returns a promise, the stream is not read until the promise
 * settles, so a worker that continues to print blocks.
 */
export type OutputListener = (text: string, stream: OutputStream) => void | Promise<void>;

/** Where a worker's output goes. */
export type Output = "inherit" | "ignore" | OutputListener;

/** Receives a piece of text. A returned promise pauses the stream until it settles. */
export type Sink = (text: string) => Promise<void> | undefined;

/** Returns the sink for the text of a piped stream. Inherited stdout is not piped. */
export function sinkOf(output: Output, stream: OutputStream): Sink {
  if (output === "inherit") return toStderr;
  if (output === "ignore") return () => undefined;
  return (text) => {
    // Errors thrown by the listener are uncaught exceptions, like those of any stream listener.
    const done = output(text, stream);
    return done instanceof Promise ? done : undefined;
  };
}

/** Returns the `stdio` entry for a worker's stdout. */
export function stdoutOf(output: Output): "inherit" | "ignore" | "pipe" {
  return typeof output === "function" ? "pipe" : output;
}

let room: Promise<void> | undefined;
let resume = (): void => {};
/** The number of writes to stderr in progress. */
let writing = 0;

/** Writes text to this process's stderr, with backpressure. */
function toStderr(text: string): Promise<void> | undefined {
  const { stderr } = process;
  // The reader of stderr may be gone, which must not affect callers.
  if (!stderr.writable) return undefined;
  if (writing === 0) stderr.on("error", goOn);
  writing++;
  if (stderr.write(text, written)) return undefined;
  if (room === undefined) {
    room = new Promise((resolve) => {
      resume = resolve;
    });
    stderr.once("drain", goOn);
  }
  return room;
}

/** Resumes paused streams: stderr has been drained, or has failed. */
function goOn(): void {
  room = undefined;
  resume();
}

function written(): void {
  // An error event is emitted after this callback.
  setImmediate(() => {
    writing--;
    if (writing === 0) process.stderr.off("error", goOn);
  });
}
