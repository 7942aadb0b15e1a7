import { dirname } from "node:path";
import { type Asset, bundleProgram, writeAssets } from "./bundled-program.ts";
import { checkProgram } from "./check-program.ts";
import { compileError } from "./compile-error.ts";
import { updateDeclarations } from "./declarations-file.ts";
import { assetModule, isProgram, sourceModule } from "./module-code.ts";
import { checkProgramOptions, type ProgramOptions } from "./plugin-options.ts";
import { watchedFiles } from "./watched-files.ts";

/** The subset of the context of Rollup's hooks used here. */
interface LoadContext {
  addWatchFile(path: string): void;
  error(error: {
    readonly message: string;
    readonly id: string;
    readonly loc?: { readonly file: string; readonly line: number; readonly column: number };
    readonly frame?: string;
  }): never;
}

/** The subset of Vite's `Plugin` implemented here. */
export interface FutharkVitePlugin {
  readonly name: string;
  readonly enforce: "pre";
  configResolved(config: { readonly command: "build" | "serve" }): void;
  load(this: LoadContext, id: string): Promise<{ readonly code: string; map: null } | null>;
  writeBundle(output: {
    readonly dir?: string | undefined;
    readonly file?: string | undefined;
  }): void;
}

/**
 * Returns a Vite (and Rollup) plugin: `import dct from "./dct.fut"` imports the program's `open`,
 * `openSync`, `openPool` and `attach`.
 *
 * The development server and vitest load the source, and reload it when it changes. A build writes
 * the program to the folder `futhark` beside the bundle, which loads it from there.
 */
export function futhark(options: ProgramOptions = {}): FutharkVitePlugin {
  const { backend, types } = checkProgramOptions(options);
  const assets = new Map<string, readonly Asset[]>();
  let serving = false;
  return {
    name: "futhark-bridge",
    enforce: "pre",
    configResolved({ command }) {
      serving = command === "serve";
    },
    async load(id) {
      if (!isProgram(id)) return null;
      for (const path of watchedFiles(id)) this.addWatchFile(path);
      try {
        if (types) await updateDeclarations(id);
        if (serving) {
          await checkProgram(id);
          return { code: sourceModule(id, "js", { defaults: { backend } }), map: null };
        }
        const bundled = await bundleProgram(id, backend);
        assets.set(id, bundled.assets);
        return { code: assetModule(bundled.manifest, {}), map: null };
      } catch (error) {
        const { text, location } = compileError(error);
        if (location === undefined) this.error({ message: text, id });
        const { file, line, column, lineText } = location;
        const message = `${file}:${line}:${column + 1}: ${text}`;
        const frame = `${line} | ${lineText}\n${" ".repeat(`${line} | `.length + column)}^`;
        this.error({ message, id: file, loc: { file, line, column }, frame });
      }
    },
    // Not emitted as assets, because Vite omits those from server bundles.
    writeBundle({ dir, file }) {
      const folder = dir ?? (file === undefined ? "." : dirname(file));
      for (const each of assets.values()) writeAssets(folder, each);
    },
  };
}
