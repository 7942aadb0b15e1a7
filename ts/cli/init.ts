import type { Command } from "commander";

const EXAMPLES = `
Examples:
  futhark-bridge init                in this folder
  futhark-bridge init stats          in the folder stats, which is made if need be

Then:  cd stats && npm install && npm run setup && npm start
       npm test        the tests in the program, and one in TypeScript
       npm run check   types`;

/** Adds `init`. */
export function register(program: Command): void {
  program
    .command("init")
    .description("write a small project: a program, TypeScript that calls it, and tests")
    .argument("[folder]", "where to write it", ".")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(folder: string): Promise<void> {
  const { initProject } = await import("./init-project.ts");
  for (const path of await initProject(folder)) process.stdout.write(`${path}\n`);
  const enter = folder === "." ? "" : `cd ${folder} && `;
  process.stderr.write(`next: ${enter}npm install && npm run setup && npm start\n`);
}
