import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { EntryPointInfo } from "../bindings/program-info.ts";
import { argumentOf, type TypeTable } from "../data/argument.ts";
import { readBinaryData } from "../data/binary.ts";
import { type Given, readValues } from "../data/read.ts";
import { inferredArray } from "../data/typed-literal.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { requireCompiler } from "./program-manifest.ts";
import type { Values } from "./spec-values.ts";

const execute = promisify(execFile);
const MAX_DATA_BYTES = 2 ** 31;

/**
 * Makes the arguments of a test.
 * @param program Its path: files are beside it.
 * @throws {ArgumentError} They do not match the parameters of the entry point.
 */
export async function inputsOf(
  input: Values,
  entry: EntryPointInfo,
  types: TypeTable,
  program: string,
): Promise<unknown[]> {
  const given = await givenBy(input, program);
  const wanted = entry.inputs.map(({ type }) => type);
  // Values in the program are typed by themselves; those in files take the type of the parameter.
  const own = given.map((value) => (value.kind === "array" ? typeOf(value.array) : undefined));
  const differ =
    given.length !== wanted.length || own.some((type, i) => type && type !== wanted[i]);
  if (differ) {
    const got = own.map((type) => type ?? "a value").join(" ");
    throw new ArgumentError(
      `expected input of types ${wanted.join(" ") || "none"}, got ${got || "none"}`,
    );
  }
  return given.map(
    (value, i) => argumentOf(value, wanted[i] as string, types, `input value #${i}`), // of equal length
  );
}

/**
 * Reads the values that a test expects.
 * @throws {ArgumentError} The file is not there, or not valid.
 */
export async function expectedValues(values: Values, program: string): Promise<NdArray[]> {
  return (await givenBy(values, program)).map((value, i) => {
    if (value.kind === "array") return value.array;
    if (value.kind === "literal") return inferredArray(value.literal, `output value #${i}`);
    throw new ArgumentError("stored values cannot be compared");
  });
}

async function givenBy(values: Values, program: string): Promise<Given[]> {
  switch (values.kind) {
    case "values":
      return values.values.map(arrayGiven);
    case "file":
      return readValues(await contentOf(join(dirname(program), values.path)), values.path);
    case "random":
      return (await Promise.all(values.types.map(randomValue))).map(arrayGiven);
    case "script":
      throw new ArgumentError(
        "script input is not supported: run this test with futhark test, or write its values to a file",
      );
  }
}

function arrayGiven(array: NdArray): Given {
  return { kind: "array", array, arrow: false };
}

async function contentOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ArgumentError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Returns the value that `futhark test` and `futhark bench` use too: the seed is fixed. */
async function randomValue(type: string): Promise<NdArray> {
  const { stdout } = await execute(requireCompiler(), ["dataset", "-b", "-g", type], {
    encoding: "buffer",
    maxBuffer: MAX_DATA_BYTES,
  });
  const [value] = readBinaryData(stdout, `futhark dataset -g ${type}`);
  if (value === undefined) throw new ArgumentError(`futhark dataset made no value of type ${type}`);
  return value;
}

function typeOf({ rank, elemtype }: NdArray): string {
  return "[]".repeat(rank) + elemtype;
}
