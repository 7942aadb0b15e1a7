import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BuildError } from "../errors.ts";
import { DEBIAN_MACHINES, type DebianMachine } from "./debian-package.ts";

/**
 * Writes the script that runs the compiler with the libc of its release, as that of the system may
 * be older. Programs that the compiler starts are not affected.
 * @param root The folder that the packages are unpacked in.
 * @param present The folder that will be moved to `root`.
 */
export function writeWrapper(
  path: string,
  root: string,
  machine: DebianMachine,
  present: string = root,
): void {
  writeFileSync(path, wrapperText(root, machine, present), { mode: 0o755 });
}

/**
 * Replaces the script of a fetched compiler if another version of this package wrote it.
 * @param path The script, not a link to it.
 */
export function renewWrapper(path: string): void {
  const root = join(dirname(path), "root");
  const machine = DEBIAN_MACHINES[process.arch];
  if (machine === undefined || !existsSync(root)) return;
  const text = wrapperText(root, machine, root);
  if (readFileSync(path, "utf8") === text) return;
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o755 });
  renameSync(temporary, path);
}

/**
 * Some commands of the compiler start the compiler by the file of their own process. Here that is
 * the loader, so they get the path of the script instead.
 */
function wrapperText(root: string, { triplet, loader }: DebianMachine, present: string): string {
  const folders = [join("usr", "lib", triplet), join("lib", triplet)];
  const library = folders.find((folder) => existsSync(join(present, folder, loader)));
  if (library === undefined) {
    throw new BuildError(`no ${loader} in libc's package: ${readdirSync(present).join(" ")}`);
  }
  const at = (...parts: string[]) => shellQuote(join(root, ...parts));
  const command = [at(library, loader), "--library-path", at(library), at("usr", "bin", "futhark")];
  return `#!/bin/sh
case "\${1-}" in
  autotune | bench | literate | script | test)
    name=$1
    shift
    set -- "$name" --futhark="$0" "$@"
    ;;
esac
exec ${command.join(" ")} "$@"
`;
}

/** Quotes an argument for /bin/sh. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
