// A page of a fluid that is stirred with the mouse. Each open page has a fluid of its own, in a
// worker of a pool; frames go down a streamed response, strokes and what was drawn up a WebSocket.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isFutharkError } from "futhark-bridge";
import { WebSocketServer } from "ws";
import { parseMessage } from "./messages.ts";
import { type Options, openPool, type Pool } from "./program.ts";
import { simulate } from "./simulation.ts";
import { Viewer } from "./viewer.ts";

export interface FluidOptions extends Options {
  /** Cells along each side. */
  readonly size: number;
  readonly maxFps: number;
  /** How many pages can run at once. */
  readonly workers: number;
  /** 0: any free port. */
  readonly port: number;
}

export interface FluidServer {
  readonly url: string;
  readonly pool: Pool;
  readonly viewers: ReadonlySet<Viewer>;
  /** Ends all pages' fluids, then the workers. */
  close(): Promise<void>;
}

/** Ends of a worker, with no frame in between, after which a page is given up. */
const MAX_LOSSES = 3;
const PAGE = new Map([
  ["/", ["text/html; charset=utf-8", "page/index.html"]],
  ["/style.css", ["text/css; charset=utf-8", "page/style.css"]],
  ["/fluid.js", ["text/javascript; charset=utf-8", "page/fluid.js"]],
]);
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
};

/** @throws The port is in use, or the program cannot be built. */
export async function startFluid(options: FluidOptions): Promise<FluidServer> {
  const { size, maxFps, port: wanted, ...program } = options;
  const http = createServer().listen(wanted, "127.0.0.1");
  await once(http, "listening");
  // What a worker's end means is decided in `runViewer`: the pool does not run a task again.
  const pool = await openPool({ ...program, retries: 0 }).catch((error) => {
    http.close();
    throw error;
  });
  const { port } = http.address() as AddressInfo;
  const viewers = new Set<Viewer>();
  const running = new Set<Promise<void>>();

  /** Pages of other sites can send requests to this machine too, under a name of their own even. */
  function isOurs({ headers: { host, origin } }: IncomingMessage): boolean {
    const known = host === `127.0.0.1:${port}` || host === `localhost:${port}`;
    return known && (origin === undefined || origin === `http://${host}`);
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    const [type, file] = PAGE.get(path) ?? [];
    const viewer = [...viewers].find(({ id }) => path === `/frames/${id}`);
    if (!isOurs(request)) response.writeHead(403, HEADERS).end();
    else if (request.method !== "GET") response.writeHead(405, HEADERS).end();
    else if (type !== undefined && file !== undefined) {
      const body = readFileSync(new URL(file, import.meta.url));
      response.writeHead(200, { ...HEADERS, "content-type": type }).end(body);
    } else if (viewer?.open(response)) {
      response.writeHead(200, { ...HEADERS, "content-type": "application/octet-stream" });
      response.flushHeaders();
    } else response.writeHead(404, HEADERS).end();
  }

  http.on("request", answer);
  const sockets = new WebSocketServer({
    ...{ server: http, path: "/control", maxPayload: 1024, perMessageDeflate: false },
    verifyClient: ({ req }: { readonly req: IncomingMessage }) => isOurs(req),
  });
  sockets.on("connection", (socket) => {
    const viewer = new Viewer();
    const send = (message: object): void => socket.send(JSON.stringify(message));
    const end = (code: number, reason?: unknown): void => {
      viewer.leave(); // not when it answers
      socket.close(code, `${reason ?? ""}`.slice(0, 99));
    };
    viewers.add(viewer);
    socket.on("error", () => {}); // a message that is too long, for one; `close` follows
    socket.on("close", () => viewer.leave());
    socket.on("message", (data) => {
      try {
        viewer.take(parseMessage(String(data)));
      } catch (error) {
        end(1008, error);
      }
    });
    send({ id: viewer.id, size });
    const run = runViewer(viewer, send)
      .then(
        () => end(1000),
        (error) => end(1011, error),
      )
      .finally(() => {
        viewers.delete(viewer);
        running.delete(run);
      });
    running.add(run);
  });

  /** A page has a worker while it wants frames; between, its fluid is kept here. */
  async function runViewer(viewer: Viewer, send: (message: object) => void): Promise<void> {
    for (let losses = 0; await viewer.wantsFrames(); ) {
      const sent = viewer.frame;
      if (pool.idle === 0) send({ note: "waiting" });
      try {
        await pool.run((fut) => simulate(fut, viewer, { size, maxFps }));
      } catch (error) {
        losses = viewer.frame > sent ? 1 : losses + 1;
        if (!isFutharkError(error, "worker-exit") || losses > MAX_LOSSES) throw error;
        viewer.saved = undefined;
        send({ note: "restarted" });
      }
    }
  }

  return {
    ...{ url: `http://127.0.0.1:${port}/`, pool, viewers },
    close: async () => {
      http.close();
      for (const viewer of viewers) viewer.leave();
      await Promise.all(running);
      for (const socket of sockets.clients) socket.terminate(); // one that does not answer
      http.closeAllConnections();
      await pool.close();
    },
  };
}
