// A Node process that makes results and forgets them: prints how many it has made.

const [entry, module, elements, results] = process.argv.slice(2);
const { open } = await import(/** @type {string} */ (entry));
const fut = await open(module);
const input = new Float32Array(Number(elements));
for (let made = 1; made <= Number(results); made++) {
  await fut.entry.scale(2, input);
  if (made % 100 === 0 || made === Number(results)) process.stdout.write(`${made}\n`);
}
await fut.close();
