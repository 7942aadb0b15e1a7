import type { Command } from "commander";
import type { Finding } from "../setup/doctor.ts";

/** Adds `doctor`. */
export function register(program: Command): void {
  program
    .command("doctor")
    .description("show what is installed, what is missing and how to get it")
    .option("--json", "print the findings as JSON")
    .action(run);
}

/** Sets exit status 1 if something required is missing. */
async function run({ json }: { readonly json?: true }): Promise<void> {
  const { examine } = await import("../setup/doctor.ts");
  const findings = await examine();
  const text = json === true ? JSON.stringify(findings, null, 2) : findings.map(line).join("\n");
  process.stdout.write(`${text}\n`);
  if (findings.some(({ state }) => state === "missing")) process.exitCode = 1;
}

const MARKS = { ok: "✓", limited: "!", missing: "✗" } as const;

function line({ name, state, found, advice }: Finding): string {
  const first = `${MARKS[state]} ${name}${found === "" ? "" : `: ${found}`}`;
  return advice === "" ? first : `${first}\n    ${advice}`;
}
