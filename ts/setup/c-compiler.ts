import { which } from "./which.ts";

/** Finds the C compiler for CFFI modules: the first word of CC, else the usual names. */
export function findCCompiler(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env.CC?.trim().split(/\s+/)[0];
  if (named) return which(named, env.PATH);
  for (const name of ["cc", "gcc", "clang"]) {
    const found = which(name, env.PATH);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The message when {@link findCCompiler} finds none. */
export const NO_C_COMPILER: string =
  "no C compiler on PATH, which is needed to build modules: install one " +
  "(Debian, Ubuntu: apt install gcc libc6-dev; macOS: xcode-select --install)";
