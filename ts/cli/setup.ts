import { type Command, Option } from "commander";
import type { DebianRelease } from "../setup/debian-package.ts";

interface Options {
  readonly python?: string;
  readonly compiler?: DebianRelease;
  readonly check?: true;
  readonly ray?: true;
  readonly quiet?: true;
}

/** Adds `setup`. */
export function register(program: Command): void {
  program
    .command("setup")
    .description("set up the Python environment and, if there is none, the Futhark compiler")
    .option("--python <path>", "interpreter to create the environment with (3.11 or newer)")
    .addOption(
      new Option("--compiler <release>", "take the compiler from this release of Debian").choices([
        "testing",
        "stable",
      ]),
    )
    .option("--ray", "install Ray as well, for pools on a cluster (250 MB)")
    .option("--check", "change nothing; fail when something is missing")
    .option("--quiet", "print only warnings and errors")
    .action(run);
}

async function run(options: Options): Promise<void> {
  if (options.check === true) return await check(options);
  const { Progress } = await import("../setup/progress.ts");
  const { describeSetup, setup } = await import("../setup/setup.ts");
  const quiet = options.quiet === true;
  const result = await setup({
    python: options.python,
    release: options.compiler,
    groups: options.ray === true ? ["ray"] : [],
    progress: quiet ? new Progress(null) : new Progress(process.stderr),
  });
  for (const warning of result.warnings) process.stderr.write(`warning: ${warning}\n`);
  if (!quiet) process.stdout.write(`ready: ${describeSetup(result)}\n`);
}

async function check({ compiler, quiet, ray }: Options): Promise<void> {
  const { currentPythonEnv } = await import("../setup/python-env.ts");
  const { compilerVersion, findCompiler } = await import("../setup/compiler.ts");
  const { describeSetup } = await import("../setup/setup.ts");
  const { BuildError } = await import("../errors.ts");
  const python = currentPythonEnv(ray === true ? ["ray"] : []);
  const found = findCompiler(compiler);
  if (python === undefined || found === undefined) {
    const what = python === undefined ? "the Python environment" : "the Futhark compiler";
    throw new BuildError(`${what} is missing or out of date: run futhark-bridge setup`);
  }
  const running = { ...found, version: await compilerVersion(found.path) };
  const result = { python, compiler: running, warnings: [] };
  if (quiet !== true) process.stdout.write(`ready: ${describeSetup(result)}\n`);
}
