import { dirname, relative, resolve, sep } from "node:path";

/** Where a program is from the folder of its bindings, with slashes; `output` may be stdout. */
export function modulePath(program: string, output: string | undefined): string {
  const folder = output === undefined ? process.cwd() : dirname(resolve(output));
  return relative(folder, resolve(program)).split(sep).join("/");
}
