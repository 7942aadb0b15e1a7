import { dirname, join, resolve } from "node:path";
import { type Asset, bundleProgram, writeAssets } from "./bundled-program.ts";
import { type CompileError, compileError } from "./compile-error.ts";
import { updateDeclarations } from "./declarations-file.ts";
import { assetModule } from "./module-code.ts";
import { checkProgramOptions, type ProgramOptions } from "./plugin-options.ts";
import { watchedFiles } from "./watched-files.ts";

interface OnLoadResult {
  contents?: string;
  loader?: "js";
  resolveDir?: string;
  watchFiles: string[];
  errors?: { text: string; location: NonNullable<CompileError["location"]> | null }[];
}

/** The subset of esbuild's `PluginBuild` used here. */
interface PluginBuild {
  readonly initialOptions: {
    readonly format?: string;
    readonly platform?: string;
    readonly write?: boolean;
    readonly outdir?: string;
    readonly outfile?: string;
    readonly absWorkingDir?: string;
  };
  onLoad(
    options: { filter: RegExp; namespace: string },
    load: (args: { readonly path: string }) => Promise<OnLoadResult>,
  ): void;
  onEnd(end: (result: BuildResult) => void): void;
}

interface BuildResult {
  readonly errors: readonly unknown[];
  outputFiles?:
    | { path: string; contents: Uint8Array; hash: string; readonly text: string }[]
    | undefined;
}

/** The subset of esbuild's `Plugin` implemented here. */
export interface FutharkEsbuildPlugin {
  readonly name: string;
  setup(build: PluginBuild): void;
}

/**
 * Returns an esbuild plugin: `import dct from "./dct.fut"` imports the program's `open`,
 * `openSync`, `openPool` and `attach`. The built program is written to the folder `futhark` beside
 * the bundle, which loads it from there.
 */
export function futhark(options: ProgramOptions = {}): FutharkEsbuildPlugin {
  const { backend, types } = checkProgramOptions(options);
  return {
    name: "futhark-bridge",
    setup(build) {
      const { initialOptions } = build;
      const { platform, format = platform === "neutral" ? "esm" : "cjs" } = initialOptions;
      const own = format === "esm" ? "import.meta.url" : "__filename";
      const assets = new Map<string, readonly Asset[]>();
      build.onLoad({ filter: /[^/\\]\.fut$/, namespace: "file" }, async ({ path }) => {
        const watchFiles = watchedFiles(path);
        try {
          if (types) await updateDeclarations(path);
          const bundled = await bundleProgram(path, backend);
          assets.set(path, bundled.assets);
          const contents = assetModule(bundled.manifest, { own });
          return { contents, loader: "js", resolveDir: dirname(path), watchFiles };
        } catch (error) {
          const { text, location = null } = compileError(error);
          return { errors: [{ text, location }], watchFiles };
        }
      });
      build.onEnd((result) => {
        if (result.errors.length > 0) return;
        const folder = outputFolder(initialOptions);
        const files = [...assets.values()].flat();
        if (initialOptions.write !== false) return writeAssets(folder, files);
        for (const { path, contents } of files) {
          const file = { path: join(folder, path), contents, hash: path };
          const text = { get: () => new TextDecoder().decode(contents), enumerable: true };
          const withText = Object.defineProperty(file, "text", text);
          result.outputFiles?.push(withText as typeof file & { readonly text: string });
        }
      });
    },
  };
}

function outputFolder({ outdir, outfile, absWorkingDir = "." }: PluginBuild["initialOptions"]) {
  return resolve(absWorkingDir, outdir ?? (outfile === undefined ? "." : dirname(outfile)));
}
