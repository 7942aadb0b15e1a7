// A small program to be bundled: it prints its results for the test to compare.
//
//   node app.js PROGRAM [FOLDER]

import { fromTable, isFutharkError, nd, open, toArrow, toScijs } from "futhark-bridge";

async function main([program = "", pythonFolder]: readonly string[]): Promise<unknown> {
  const named = pythonFolder === undefined ? {} : { pythonFolder };
  const fut = await open(program, { backend: "c", ...named });
  const large = Float64Array.from({ length: 100_000 }, (_, i) => i);
  const result = await fut.entry.twice(large);
  const values: Float64Array = await result.values();
  const found = {
    sum: await fut.entry.add(2, 3),
    right: values.every((value, i) => value === 2 * i),
    arrow: await toArrow(nd(large)).then(() => "there", said),
    scijs: await toScijs(nd(large)).then(() => "there", said),
    python: await fut.python("math").then(() => "there", said),
    fromTable: typeof fromTable,
  };
  await fut.close();
  return found;
}

function said(error: unknown): string {
  return isFutharkError(error, "build") ? error.message : String(error);
}

main(process.argv.slice(2)).then(
  (found) => process.stdout.write(JSON.stringify(found)),
  (error: unknown) => {
    process.stderr.write(said(error));
    process.exitCode = 1;
  },
);
