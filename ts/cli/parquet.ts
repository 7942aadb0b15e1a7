import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import { findPython } from "../setup/python-env.ts";
import { CommandError, run } from "../setup/run-command.ts";

// Chunks are joined, because an array is contiguous.
const CONVERT = `
import sys
try:
    import pyarrow.ipc
    import pyarrow.parquet
except ImportError as error:
    sys.exit(f"reading Parquet needs pyarrow: {sys.executable} -m pip install pyarrow ({error})")
table = pyarrow.parquet.read_table(sys.argv[1]).combine_chunks()
with pyarrow.ipc.new_stream(sys.argv[2], table.schema) as sink:
    sink.write_table(table)
`;

/** Whether the bytes are a Parquet file. */
export function isParquet(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "PAR1";
}

/**
 * Converts a Parquet file to an Arrow stream, with the pyarrow of the Python that runs programs.
 * @throws {BuildError} pyarrow is not installed there, or cannot read the file.
 */
export async function parquetToArrow(bytes: Uint8Array, path: string): Promise<Uint8Array> {
  const work = await mkdtemp(join(tmpdir(), "futhark-bridge-"));
  try {
    const [from, to] = [join(work, "table.parquet"), join(work, "table.arrows")];
    await writeFile(from, bytes);
    await run(findPython(), ["-P", "-c", CONVERT, from, to], { work });
    return await readFile(to);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new BuildError(`${path}: ${error.tail(1) || error.message}`, { cause: error });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
