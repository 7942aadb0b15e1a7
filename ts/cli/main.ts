#!/usr/bin/env node
import { constants } from "node:os";
import { Command, CommanderError } from "commander";
import { printable } from "../bindings/escaped.ts";
import { isFutharkError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { register as registerAutotune } from "./autotune.ts";
import { register as registerBench } from "./bench.ts";
import { register as registerBuild } from "./build.ts";
import { register as registerDoctor } from "./doctor.ts";
import { register as registerInfo } from "./info.ts";
import { register as registerInit } from "./init.ts";
import { register as registerRun } from "./run.ts";
import { register as registerSetup } from "./setup.ts";
import { register as registerTest } from "./test.ts";
import { register as registerTypes } from "./types.ts";

/** Each registers one command, and imports its implementation only when it is called. */
const COMMANDS: ReadonlyArray<(program: Command) => void> = [
  registerInit,
  registerSetup,
  registerBuild,
  registerTypes,
  registerInfo,
  registerRun,
  registerTest,
  registerBench,
  registerAutotune,
  registerDoctor,
];

// A reader such as head has closed the pipe: exit as if by SIGPIPE, which Node ignores.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(128 + constants.signals.SIGPIPE);
});

process.exitCode = await main(process.argv.slice(2));

/** @returns The exit status: 0, 1 if the command failed, 2 for a usage error. */
async function main(args: readonly string[]): Promise<number> {
  const program = new Command("futhark-bridge")
    .description("Call Futhark programs from Node, with the Python toolchain that builds them.")
    .version(VERSION)
    .exitOverride();
  for (const register of COMMANDS) register(program);
  for (const command of program.commands) command.version(VERSION).exitOverride();
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return 2;
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`error: ${printable(message)}\n`);
    if (isFutharkError(error, "program-error") && error.backtrace !== "") {
      process.stderr.write(`Backtrace:\n${printable(error.backtrace)}\n`);
    }
    return 1;
  }
}
