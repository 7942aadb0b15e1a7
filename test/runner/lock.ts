// Updates requirements.lock to match pyproject.toml. Pinned versions are kept while they
// fit: delete the file first to take newer versions of everything.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseInterpreter } from "../../ts/setup/interpreter.ts";
import { Progress } from "../../ts/setup/progress.ts";
import { ensureUv } from "../../ts/setup/uv.ts";
import { compileLock } from "./python-tools.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const path = join(root, "requirements.lock");
const lock = existsSync(path) ? readFileSync(path, "utf8") : "";
const progress = new Progress();
const uv = await ensureUv(await chooseInterpreter(undefined), lock, progress);
await progress.step("requirements.lock", () => compileLock(uv, root, path));
