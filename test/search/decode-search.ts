import assert from "node:assert/strict";
import { test } from "node:test";
import { FutharkError } from "../../ts/errors.ts";
import { mutate, type Random, randomFrom } from "./mutate.ts";
import { seed, steps } from "./scale.ts";

/** A decoder, its inputs, and a property of its results. */
export interface Search {
  readonly name: string;
  /** Inputs in `npm test`, and in `npm run test:slow`. */
  readonly steps: readonly [number, number];
  readonly corpus: () => Promise<readonly Uint8Array[]>;
  /** Bytes to insert into inputs. */
  readonly words?: readonly string[];
  /** Decodes, and checks what came out; throws what the decoder throws. */
  readonly decode: (bytes: Uint8Array, random: Random) => string;
  /**
   * What another decoder makes of the same inputs: a text for each, equal to that of `decode`
   * where both accept it; `undefined` where it refuses it.
   */
  readonly reference?: (inputs: readonly Uint8Array[]) => Promise<readonly (string | null)[]>;
  /** Whether the other one must refuse just what this one does. */
  readonly sameVerdicts?: boolean;
}

const BATCH = 5_000;
/** A decoder that fills memory for what an input says fails here, and not in production. */
const MAX_GROWTH = 512 * 2 ** 20;

// Decoders receive bytes, from any source.
const skip =
  process.env.FUTHARK_BRIDGE_SHARED_MEMORY === "0" && "decodes the same bytes on each data path";

/** Declares the search as a test. */
export function searchDecoder(search: Search): void {
  test(`${search.name}: damaged input decodes to what was encoded, or is a typed error`, {
    skip,
  }, async (t) => {
    const start = seed();
    t.diagnostic(`TEST_SEED=${start}`);
    const random = randomFrom(start);
    const corpus = await search.corpus();
    await checkCorpus(search, corpus, random);
    const before = process.resourceUsage().maxRSS;
    let accepted = 0;
    const total = steps(...search.steps);
    for (let done = 0; done < total; done += BATCH) {
      const inputs: Uint8Array[] = [];
      const found: (string | null)[] = [];
      for (let i = 0; i < Math.min(BATCH, total - done); i++) {
        const input = mutate(
          corpus[random(corpus.length)] ?? new Uint8Array(),
          corpus,
          search.words ?? [],
          random,
        );
        const value = decoded(search, input, random, start);
        inputs.push(input);
        found.push(value);
        if (value !== null) accepted++;
      }
      if (search.reference !== undefined) await compare(search, inputs, found, start);
    }
    t.diagnostic(`${total} inputs, ${accepted} accepted`);
    const growth = 1024 * (process.resourceUsage().maxRSS - before);
    assert.ok(growth < MAX_GROWTH, `memory grew by ${growth} bytes`);
  });
}

/** What the writers wrote is accepted by both, or the search would find nothing. */
async function checkCorpus(
  search: Search,
  corpus: readonly Uint8Array[],
  random: Random,
): Promise<void> {
  const found = corpus.map((input) => search.decode(input, random));
  const expected = (await search.reference?.(corpus)) ?? found;
  assert.deepEqual(found, expected);
}

function decoded(search: Search, input: Uint8Array, random: Random, start: number): string | null {
  try {
    return search.decode(input, random);
  } catch (error) {
    if (error instanceof FutharkError) return null;
    const where = `TEST_SEED=${start}, ${search.name}, input ${shown(input)}`;
    throw new Error(`${where}: ${String(error)}`, { cause: error });
  }
}

async function compare(
  search: Search,
  inputs: readonly Uint8Array[],
  found: readonly (string | null)[],
  start: number,
): Promise<void> {
  const expected = (await search.reference?.(inputs)) ?? [];
  for (const [i, wanted] of expected.entries()) {
    const got = found[i] ?? null;
    const both = got !== null && wanted !== null;
    if (both || search.sameVerdicts === true) {
      const where = `TEST_SEED=${start}, ${search.name}, input ${shown(inputs[i] ?? new Uint8Array())}`;
      assert.equal(got, wanted, where);
    }
  }
  assert.equal(expected.length, inputs.length);
}

function shown(input: Uint8Array): string {
  return Buffer.from(input).toString("base64");
}

/** Inputs for a program on the other side of a pipe: `u32 length | bytes`, one after the other. */
export function packInputs(inputs: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    inputs.flatMap((input) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(input.length);
      return [length, input];
    }),
  );
}

/** Python that reads them: a list of bytes named `inputs`. */
export const UNPACK_INPUTS = `
import io, json, struct, sys, warnings
warnings.simplefilter("ignore")
_all, _at, inputs = sys.stdin.buffer.read(), 0, []
while _at < len(_all):
    (_length,) = struct.unpack_from("<I", _all, _at)
    inputs.append(_all[_at + 4 : _at + 4 + _length])
    _at += 4 + _length
`;
