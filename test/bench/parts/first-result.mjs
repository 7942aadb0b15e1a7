// A fresh Node process: prints the milliseconds from `open()` to the first result.

const [entry, module] = process.argv.slice(2);
const { open } = await import(/** @type {string} */ (entry));

const start = performance.now();
const fut = await open(module);
const result = await fut.entry.add_one(41);
const ms = performance.now() - start;
await fut.close();
if (result !== 42) throw new Error(`expected 42, got ${result}`);
process.stdout.write(`${ms}\n`);
