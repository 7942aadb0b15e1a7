import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** The location of a program relative to its bindings, with forward slashes. */
export interface ProgramPlace {
  /** Path from the folder of the bindings. */
  readonly beside: string;
  /** Path from the folder with package.json, if one contains both bindings and program. */
  readonly inProject?: string;
}

/** Returns the location of a program relative to its bindings; no `output` means stdout. */
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
