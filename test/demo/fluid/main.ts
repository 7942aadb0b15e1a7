// npm run demo:fluid -- --help
import { Command, InvalidArgumentError } from "commander";
import { type FluidOptions, startFluid } from "./server.ts";

type Chosen = FluidOptions & { threads?: number; measure?: true };
const program = new Command("npm run demo:fluid --")
  .description("Serves a page of a fluid, computed in Futhark, that is stirred with the mouse.")
  .option("--size <cells>", "cells along each side", within(16, 2048), 384)
  .option("--backend <name>", "c, multicore (default), opencl, cuda or hip")
  .option("--threads <n>", "threads of the multicore back end", within(1, 1024))
  .option("--workers <n>", "pages that can run at once, each in a process", within(1, 64), 2)
  .option("--max-fps <n>", "frames per second at most", within(1, 1000), 60)
  .option("--port <n>", "default: any that is free", within(0, 65535), 0)
  .option("--measure", "run the page in a browser and print its speed")
  .parse();
const { measure, threads, ...options } = program.opts<Chosen>();

try {
  if (measure) await (await import("./measure.ts")).measure(options.backend);
  else {
    const server = await startFluid({ ...options, ...(threads && { numThreads: threads }) });
    console.log(`A fluid of ${options.size} x ${options.size} cells: ${server.url}`);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void server.close());
  }
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const inUse = code === "EADDRINUSE" && `port ${options.port} is in use: try another --port`;
  program.error(`demo:fluid: ${inUse || message}`);
}

function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (Number.isInteger(n) && n >= least && n <= most) return n;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}
