// A server of a recipe, which says where it listens, and at its end what its workers did.
import diagnostics from "node:diagnostics_channel";
import type { AddressInfo } from "node:net";
import type { CallTrace } from "futhark-bridge";

const [recipe = "", program = "", retries = "1"] = process.argv.slice(2);
const { serve } = (await import(`./${recipe}.ts`)) as typeof import("./node-http.ts");
const { server, pool } = await serve(program, { workers: 2, retries: Number(retries) });
const calls = [0, 0];
diagnostics.tracingChannel("futhark-bridge:call").start.subscribe((trace) => {
  const place = pool.modules.findIndex(({ pid }) => pid === (trace as CallTrace).pid);
  calls[place] = (calls[place] ?? 0) + 1;
});
if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
process.send?.((server.address() as AddressInfo).port);
process.once("message", async () => {
  server.close();
  await pool.close();
  process.send?.(calls, () => process.disconnect());
});
