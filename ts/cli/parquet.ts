import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import { findPython } from "../setup/python-env.ts";
import { CommandError, run } from "../setup/run-command.ts";

// Chunks are joined, because an array is contiguous.
const IMPORT = `
import sys
try:
    import pyarrow.ipc
    import pyarrow.parquet
except ImportError as error:
    sys.exit(f"Parquet needs pyarrow: {sys.executable} -m pip install pyarrow ({error})")
`;

const READ = `${IMPORT}
table = pyarrow.parquet.read_table(sys.argv[1]).combine_chunks()
with pyarrow.ipc.new_stream(sys.argv[2], table.schema) as sink:
    sink.write_table(table)
`;

const WRITE = `${IMPORT}
table = pyarrow.ipc.open_stream(sys.argv[1]).read_all()
pyarrow.parquet.write_table(table, sys.argv[2])
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
  return await converted(READ, bytes, `${path}: `);
}

/**
 * Converts an Arrow stream to a Parquet file, with the same pyarrow.
 * @throws {BuildError} pyarrow is not installed there.
 */
export async function arrowToParquet(bytes: Uint8Array): Promise<Uint8Array> {
  return await converted(WRITE, bytes, "");
}

async function converted(script: string, bytes: Uint8Array, where: string): Promise<Uint8Array> {
  const work = await mkdtemp(join(tmpdir(), "futhark-bridge-"));
  try {
    const [from, to] = [join(work, "from"), join(work, "to")];
    await writeFile(from, bytes);
    await run(findPython(), ["-P", "-c", script, from, to], { work });
    return await readFile(to);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new BuildError(`${where}${error.tail(1) || error.message}`, { cause: error });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
