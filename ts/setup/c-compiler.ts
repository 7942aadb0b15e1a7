import { which } from "./which.ts";

/** The C compiler that builds CFFI modules: CC's first word, else the usual names. */
export function findCCompiler(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env.CC?.trim().split(/\s+/)[0];
  if (named) return which(named, env.PATH);
  for (const name of ["cc", "gcc", "clang"]) {
    const found = which(name, env.PATH);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What to say when {@link findCCompiler} finds none. */
export const NO_C_COMPILER: string =
  "no C compiler on PATH, which building a module needs: install one " +
  "(Debian, Ubuntu: apt install gcc libc6-dev; macOS: xcode-select --install)";
