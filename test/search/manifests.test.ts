// Manifests, damaged as trees and as text: what is read, in both languages, and what is generated.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readManifest } from "../../ts/bindings/manifest.ts";
import type { ProgramInfo } from "../../ts/bindings/program-info.ts";
import { pythonStub } from "../../ts/bindings/python.ts";
import { BuildError } from "../../ts/errors.ts";
import { CHECK_STUBS, unexpectedStatements } from "../support/generated-code.ts";
import { runPython } from "../support/python.ts";
import { mutate, type Random, randomFrom } from "./mutate.ts";
import { seed, steps } from "./scale.ts";

const FILES = [
  ...["bindings/types-0.25.32.json", "programs/types-0.27.1.json"],
  ...["bindings/anonymous.json", "bindings/odd-names.json"],
];
const TEXTS = FILES.map((file) =>
  readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url))),
);

const NASTY: readonly unknown[] = [
  ...["", "i32", "[]f32", "(", "()", "0", "007", "9".repeat(5000), "__init__", "__proto__", "None"],
  ...'\n \r \u2028 \u2029 \0 \f \x85 \ud800 */ """ \\ ` \' " # // <!--'.split(" "),
  ...["x\nraise SystemExit\n", "*/ throw 1; /*", '"; throw 1; "', "x: int): ...\n", "constructor"],
  ...[null, true, false, 0, 1, -1, 0.5, 64, 65, 1e9, 1e308, [], {}, [[]], [null], { "": {} }],
];

type Tree = { [key: string]: unknown } | unknown[];

/** Puts something else, or a part of the same manifest, at a place of the tree. */
function damageTree(root: unknown, random: Random): unknown {
  const places: { in: Tree; key: string }[] = [];
  const walk = (tree: unknown): void => {
    if (typeof tree !== "object" || tree === null) return;
    for (const key of Object.keys(tree)) {
      places.push({ in: tree as Tree, key });
      walk((tree as Record<string, unknown>)[key]);
    }
  };
  walk(root);
  const place = places[random(places.length)];
  const other = places[random(places.length)];
  if (place === undefined || other === undefined) return root;
  const tree = place.in as Record<string, unknown>;
  const value = tree[place.key];
  const nasty = NASTY[random(NASTY.length)];
  switch (random(6)) {
    case 0:
      tree[place.key] = nasty;
      break;
    case 1:
      if (Array.isArray(tree)) tree.splice(Number(place.key), 1);
      else delete tree[place.key];
      break;
    case 2:
      tree[place.key] = structuredClone((other.in as Record<string, unknown>)[other.key]);
      break;
    case 3: // another name
      if (!Array.isArray(tree)) delete tree[place.key];
      Object.defineProperty(tree, Array.isArray(tree) ? tree.length : String(nasty), {
        value,
        ...{ enumerable: true, writable: true, configurable: true },
      });
      break;
    case 4:
      if (typeof value === "string") tree[place.key] = value + String(nasty);
      else if (Array.isArray(tree)) tree.push(structuredClone(value));
      break;
    default:
      if (typeof value === "string") tree[place.key] = String(nasty) + value;
  }
  return root;
}

function damaged(random: Random): string {
  const text = TEXTS[random(TEXTS.length)] ?? Buffer.alloc(0);
  if (random(8) === 0)
    return Buffer.from(mutate(text, TEXTS, ["[", "{", '"', ","], random)).toString();
  let tree: unknown = JSON.parse(text.toString());
  for (let times = 1 + random(4); times > 0; times--) tree = damageTree(tree, random);
  return JSON.stringify(tree);
}

const READ = `
import json, sys
sys.path.insert(0, ${JSON.stringify(fileURLToPath(new URL("../../py", import.meta.url)))})
from futhark_bridge.bindings.manifest import read_manifest
from futhark_bridge.errors import BuildError
def read(text):
    try:
        info = read_manifest(json.loads(text)).to_json()
        del info["program"]
        return info
    except (json.JSONDecodeError, BuildError):
        return None
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`;

const BATCH = 500;

const skip =
  process.env.FUTHARK_BRIDGE_SHARED_MEMORY === "0" && "reads the same files on each data path";

test("damaged manifests are read the same in both languages, and none becomes code", {
  skip,
}, async (t) => {
  const start = seed();
  t.diagnostic(`TEST_SEED=${start}`);
  const random = randomFrom(start);
  // What is generated from each is parsed as TypeScript and as Python: 300 a second.
  const total = steps(1_000, 100_000);
  let accepted = 0;
  for (let done = 0; done < total; done += BATCH) {
    const texts = Array.from({ length: BATCH }, () => damaged(random));
    const infos = texts.map(read);
    const theirs = JSON.parse(await runPython(READ, JSON.stringify(texts))) as unknown[];
    const stubs: string[] = [];
    for (const [i, info] of infos.entries()) {
      const where = `TEST_SEED=${start}, ${texts[i]}`;
      // Python needs more of a manifest: the C functions.
      if (theirs[i] !== null) assert.deepEqual(info, theirs[i], where);
      if (info === undefined) continue;
      accepted++;
      assert.deepEqual(unexpectedStatements(info), [], where);
      stubs.push(pythonStub(info));
    }
    assert.deepEqual(JSON.parse(await runPython(CHECK_STUBS, JSON.stringify(stubs))), []);
  }
  t.diagnostic(`${total} manifests, ${accepted} accepted`);
});

function read(text: string): ProgramInfo | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return undefined;
  }
  try {
    return readManifest(manifest);
  } catch (error) {
    if (error instanceof BuildError) return undefined;
    throw new Error(`${text}: ${String(error)}`, { cause: error });
  }
}
