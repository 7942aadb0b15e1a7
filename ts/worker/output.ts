/** The streams that a worker prints to. */
export type OutputStream = "stdout" | "stderr";

/**
 * Takes what a worker prints. Where it returns a promise, the worker's stream is not read before
 * that resolves; a worker that goes on printing then waits.
 */
export type OutputListener = (text: string, stream: OutputStream) => void | Promise<void>;

/** What becomes of the text that a worker prints. */
export type Output = "inherit" | "ignore" | OutputListener;

/** Takes a piece of text; a promise asks not to be given more before it resolves. */
export type Sink = (text: string) => Promise<void> | undefined;

/** Where the text goes that comes from a worker's stream; inherited stdout does not come this way. */
export function sinkOf(output: Output, stream: OutputStream): Sink {
  if (output === "inherit") return toStderr;
  if (output === "ignore") return () => undefined;
  return (text) => {
    // What the listener throws is an uncaught exception, as of any listener of a stream.
    const done = output(text, stream);
    return done instanceof Promise ? done : undefined;
  };
}

/** The entry for stdout in the `stdio` of a worker. */
export function stdoutOf(output: Output): "inherit" | "ignore" | "pipe" {
  return typeof output === "function" ? "pipe" : output;
}

let room: Promise<void> | undefined;
let resume = (): void => {};
/** Texts of which it is not known yet whether they could be written. */
let writing = 0;

/** Passes text on to our stderr, as fast as that is read. */
function toStderr(text: string): Promise<void> | undefined {
  const { stderr } = process;
  // Whoever read our stderr may have gone; that is no concern of who calls a program.
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

/** Goes on with what waits: our stderr was read, or never will be. */
function goOn(): void {
  room = undefined;
  resume();
}

function written(): void {
  // An error is emitted after this.
  setImmediate(() => {
    writing--;
    if (writing === 0) process.stderr.off("error", goOn);
  });
}
