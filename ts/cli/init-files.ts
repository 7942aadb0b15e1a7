import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../setup/places.ts";
import { VERSION } from "../version.ts";

/** Returns the files of a new project: their paths and contents. */
export function projectFiles(name: string): Readonly<Record<string, string>> {
  return {
    "package.json": packageJson(name),
    "tsconfig.json": TSCONFIG,
    ".gitignore": "node_modules/\nbuild/\n*.d.fut.ts\n",
    "stats.fut": PROGRAM,
    "main.ts": MAIN,
    "test/stats.test.ts": TEST,
  };
}

function packageJson(name: string): string {
  const own = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
  const tools = ["@types/node", "tsx", "typescript"].map((tool) => [
    tool,
    own.devDependencies[tool],
  ]);
  const run = "node --import tsx --import futhark-bridge/register";
  const content = {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: {
      setup: "futhark-bridge setup",
      start: `${run} main.ts`,
      test: `futhark-bridge test stats.fut && ${run} --test test/stats.test.ts`,
      check: "futhark-bridge types stats.fut -o stats.d.fut.ts && tsc",
      build: "futhark-bridge build stats.fut -o build",
    },
    dependencies: { "futhark-bridge": VERSION },
    devDependencies: Object.fromEntries(tools),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2022",
    "lib": ["es2023", "esnext.disposable"],
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "noEmit": true,
    "allowArbitraryExtensions": true
  },
  "include": ["*.ts", "test"]
}
`;

const PROGRAM = `-- Entry points become functions in TypeScript: see main.ts.

-- | The arithmetic mean.
-- ==
-- entry: mean
-- input { [1.0, 2.0, 6.0] } output { 3.0 }
-- input { empty([0]f64) }   output { f64.nan }

entry mean [n] (xs: [n]f64) : f64 = f64.sum xs / f64.i64 n

-- | Every number less the mean of all.
-- ==
-- entry: centre
-- input { [1.0, 2.0, 6.0] } output { [-2.0, -1.0, 3.0] }

entry centre [n] (xs: [n]f64) : [n]f64 =
  let middle = mean xs
  in map (\\x -> x - middle) xs
`;

// Composed, because these are imports of the project and not of this file.
const [BESIDE, ABOVE] = [`"./stats.fut"`, `"../stats.fut"`];

const MAIN = `import stats from ${BESIDE};

await using fut = await stats.open();
const xs = Float64Array.of(1, 2, 6);
console.log("mean:", await fut.entry.mean(xs));
const centred = await fut.entry.centre(xs); // stays in Futhark until it is read
console.log("less the mean:", await centred.values());
`;

const TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import stats from ${ABOVE};

test("centred numbers have the mean 0", async () => {
  await using fut = await stats.open();
  const centred = fut.entry.centre(Float64Array.of(1, 2, 6));
  assert.equal(await fut.entry.mean(centred), 0); // a pending call is an argument
});
`;
