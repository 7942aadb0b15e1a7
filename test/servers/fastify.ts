import fastify from "fastify";
import { nd, openPool, type PoolOptions } from "futhark-bridge";
import { type Service, statusOf } from "./node-http.ts";

/** The same with Fastify: the pool is closed with the server, when what runs is done. */
export async function serve(program: string, options: PoolOptions = {}): Promise<Service> {
  const pool = await openPool(program, { backend: "c", output: "ignore", ...options });
  const app = fastify();
  app.addHook("onClose", () => pool.close());
  app.setErrorHandler((error, _request, reply) => {
    void reply.status(statusOf(error)).send(String(error));
  });
  // Bytes as they come.
  app.addContentTypeParser(
    "application/octet-stream",
    { parseAs: "buffer" },
    (_request, body, done) => done(null, body),
  );
  app.post("/", async (request, reply) => {
    const bytes = new Uint8Array(request.body as Buffer); // as the parser says
    if (bytes.byteLength % 32 !== 0) return reply.status(400).send();
    const rows = nd(new Float32Array(bytes.buffer), [bytes.byteLength / 32, 8]);
    const { data } = await pool.entry.dct8.with({ timeoutMs: 30_000 })(rows);
    return reply.send(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { server: app.server, pool };
}
