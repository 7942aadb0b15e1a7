import { createServer, type Server } from "node:http";
import { type FutharkPool, isFutharkError, nd, openPool, type PoolOptions } from "futhark-bridge";

/** The status of a failed task: what the client did wrong, and what may go well when it tries again. */
export function statusOf(error: unknown): number {
  if (isFutharkError(error, "bad-argument")) return 400;
  if (isFutharkError(error, "program-error")) return 422;
  if (isFutharkError(error, "timeout")) return 504;
  if (isFutharkError(error, "worker-exit") || isFutharkError(error, "out-of-memory")) return 503;
  return 500;
}

/** A server, and the pool that does its work. */
export interface Service {
  readonly server: Server;
  readonly pool: FutharkPool;
}

/** Serves `POST /`: rows of 8 float32 in, their cosine transforms out. */
export async function serve(program: string, options: PoolOptions = {}): Promise<Service> {
  const pool = await openPool(program, { backend: "c", output: "ignore", ...options });
  const server = createServer(async (request, response) => {
    try {
      const body: Buffer[] = [];
      for await (const chunk of request) body.push(chunk);
      const bytes = new Uint8Array(Buffer.concat(body));
      if (bytes.byteLength % 32 !== 0) return response.writeHead(400).end();
      const rows = nd(new Float32Array(bytes.buffer), [bytes.byteLength / 32, 8]);
      // The time in the queue counts. The worker of a task that runs longer is ended.
      const { data } = await pool.entry.dct8.with({ timeoutMs: 30_000 })(rows);
      response.end(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    } catch (error) {
      response.writeHead(statusOf(error)).end(String(error));
    }
    return undefined;
  });
  server.listen(0, "127.0.0.1");
  return { server, pool };
}
