/**
 * Whether this process may share memory with its workers, and open pipes under /proc. Not with
 * FUTHARK_BRIDGE_SHARED_MEMORY=0, nor in Bun and Deno, which differ from Node in how they open
 * pipes and map memory. Without it arrays are sent through the pipe: slower, with the same results.
 */
export function mayShare(): boolean {
  if ("Bun" in globalThis || "Deno" in globalThis) return false;
  return process.env.FUTHARK_BRIDGE_SHARED_MEMORY !== "0";
}
