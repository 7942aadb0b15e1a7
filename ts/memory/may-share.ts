/**
 * Whether this process may open its workers' files and they its own, under /proc, and share
 * memory: FUTHARK_BRIDGE_SHARED_MEMORY=0 says no, and Bun and Deno take neither pipes of others
 * nor foreign memory as Node does. All is then as on a system that has no such thing: slower,
 * never different.
 */
export function mayShare(): boolean {
  if ("Bun" in globalThis || "Deno" in globalThis) return false;
  return process.env.FUTHARK_BRIDGE_SHARED_MEMORY !== "0";
}
