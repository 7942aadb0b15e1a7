// Enables Node to import programs: `node --import futhark-bridge/register app.js`.
import nodeModule from "node:module";
import { loadProgram, programCode } from "./load-program.ts";

type NextLoad = (url: string, context: unknown) => unknown;

/** Missing from the type definitions of the oldest supported Node. */
const { registerHooks } = nodeModule as {
  registerHooks?: (hooks: {
    load: (url: string, context: unknown, nextLoad: NextLoad) => unknown;
  }) => void;
};

interface CommonjsModule {
  readonly parent?: { readonly filename?: string | null } | null;
  _compile(code: string, path: string): void;
}

if (registerHooks !== undefined) {
  registerHooks({ load: (url, context, nextLoad) => loadProgram(url) ?? nextLoad(url, context) });
} else {
  nodeModule.register(new URL("./hooks.js", import.meta.url));
  const { _extensions } = nodeModule as unknown as {
    _extensions: Record<string, (module: CommonjsModule, path: string) => void>;
  };
  _extensions[".fut"] = (module, path) =>
    module._compile(programCode(path, module.parent?.filename ?? ""), path);
}
