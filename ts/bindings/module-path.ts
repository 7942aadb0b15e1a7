import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** Where the program of bindings is: paths with slashes. */
export interface ProgramPlace {
  /** From the folder of the bindings. */
  readonly beside: string;
  /** From the folder that holds package.json, where there is one above the bindings and the program. */
  readonly inProject?: string;
}

/** Where a program is seen from its bindings; `output` may be stdout. */
export function programPlace(program: string, output: string | undefined): ProgramPlace {
  const folder = output === undefined ? process.cwd() : dirname(resolve(output));
  const beside = pathFrom(folder, program);
  const project = projectAbove(folder);
  const inProject = project === undefined ? ".." : pathFrom(project, program);
  return inProject.startsWith("..") ? { beside } : { beside, inProject };
}

function pathFrom(folder: string, program: string): string {
  return relative(folder, resolve(program)).split(sep).join("/");
}

function projectAbove(folder: string): string | undefined {
  for (let above = folder; ; above = dirname(above)) {
    if (existsSync(join(above, "package.json"))) return above;
    if (above === dirname(above)) return undefined;
  }
}
