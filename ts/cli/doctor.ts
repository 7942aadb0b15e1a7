import type { Command } from "commander";
import type { Finding } from "../setup/doctor.ts";

interface Options {
  readonly json?: true;
  readonly backends: boolean;
}

const EXAMPLES = `
✓ is there, ! works not at all or slower, ✗ is missing and required: then it ends with status 1.
Changes nothing but the cache, which keeps the small programs.

Examples:
  futhark-bridge doctor
  futhark-bridge doctor --no-backends     only what is installed`;

/** Adds `doctor`. */
export function register(program: Command): void {
  program
    .command("doctor")
    .description("show what is installed, what is missing and how to get it")
    .option("--json", "print the findings as JSON")
    .option("--no-backends", "do not build and run a small program on each back end")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

/** Sets exit status 1 if something required is missing. */
async function run({ json, backends }: Options): Promise<void> {
  const { examine } = await import("../setup/doctor.ts");
  const findings = await examine();
  if (backends && findings.every(({ state }) => state !== "missing")) {
    const { examineBackends } = await import("./doctor-backends.ts");
    findings.push(...(await examineBackends()));
  }
  const text = json === true ? JSON.stringify(findings, null, 2) : findings.map(line).join("\n");
  process.stdout.write(`${text}\n`);
  if (findings.some(({ state }) => state === "missing")) process.exitCode = 1;
}

const MARKS = { ok: "✓", limited: "!", missing: "✗" } as const;

function line({ name, state, found, advice }: Finding): string {
  const first = `${MARKS[state]} ${name}${found === "" ? "" : `: ${found}`}`;
  return advice === "" ? indented(first) : `${indented(first)}\n    ${advice}`;
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n    ");
}
