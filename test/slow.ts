// Runs the searches of test/search in their long form, on every data path:
//
//   npm run test:slow                 all of them
//   npm run test:slow -- NAME...      those whose path holds a NAME
//
// TEST_SEED repeats a run.

const words = process.argv.slice(2);
process.argv.splice(2, words.length, ...(words.length > 0 ? words : ["test/search/"]));
process.env.TEST_SLOW = "1";
await import("./run.ts");
