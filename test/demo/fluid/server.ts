// A page of a fluid that is stirred with the mouse. Each open page has a fluid of its own, in a
// worker of a pool; frames go down a streamed response, strokes and what was drawn up a WebSocket.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { isFutharkError } from "futhark-bridge";
import { WebSocketServer } from "ws";
import { parseMessage } from "./messages.ts";
import { type Options, openPool, type Pool } from "./program.ts";
import { Viewer } from "./viewer.ts";

export interface FluidOptions extends Options {
  readonly size: number; // cells along each side
  readonly maxFps: number;
  readonly workers: number; // as many pages can run at once
  readonly port: number; // 0: any that is free
}

export interface FluidServer {
  readonly url: string;
  readonly pool: Pool;
  readonly viewers: ReadonlyMap<Viewer, Promise<void>>;
  close(): Promise<void>;
}

const PAGE = new Map([
  ["/", ["index.html", "text/html; charset=utf-8"]],
  ["/style.css", ["style.css", "text/css; charset=utf-8"]],
  ["/fluid.js", ["fluid.js", "text/javascript; charset=utf-8"]],
]);
const POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'";
const HEADERS = { "cache-control": "no-store", "content-security-policy": POLICY };

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
  const viewers = new Map<Viewer, Promise<void>>();

  /** Pages of other sites can send requests to this machine too, under a name of their own even. */
  function isOurs({ headers: { host, origin } }: IncomingMessage): boolean {
    const known = host === `127.0.0.1:${port}` || host === `localhost:${port}`;
    return known && (origin === undefined || origin === `http://${host}`);
  }

  http.on("request", (request, response) => {
    const { url = "", method } = request;
    const [file, type] = PAGE.get(url) ?? [];
    const viewer = [...viewers.keys()].find(({ id }) => url === `/frames/${id}`);
    const head = (status: number, type = "text/plain") =>
      response.writeHead(status, { ...HEADERS, "content-type": type });
    if (!isOurs(request)) head(403).end();
    else if (method !== "GET") head(405).end();
    else if (file) head(200, type).end(readFileSync(new URL(`page/${file}`, import.meta.url)));
    else if (viewer?.open(response)) head(200, "application/octet-stream").flushHeaders();
    else head(404).end();
  });

  const sockets = new WebSocketServer({
    ...{ server: http, path: "/control", maxPayload: 1024, perMessageDeflate: false },
    verifyClient: ({ req }: { readonly req: IncomingMessage }) => isOurs(req),
  });
  sockets.on("connection", (socket) => {
    const viewer = new Viewer();
    const send = (message: object): void => socket.send(JSON.stringify(message));
    const end = (code: number, reason: unknown = ""): void => {
      viewer.leave(); // not when it answers
      socket.close(code, String(reason).slice(0, 99));
    };
    socket.on("close", () => viewer.leave()).on("error", () => {}); // `close` follows
    socket.on("message", (data) => {
      try {
        viewer.take(parseMessage(String(data)));
      } catch (error) {
        end(1008, error);
      }
    });
    send({ id: viewer.id, size });
    const run = runViewer(viewer, send).then(
      () => end(1000),
      (error) => end(1011, error),
    );
    viewers.set(
      viewer,
      run.finally(() => viewers.delete(viewer)),
    );
  });

  /** A page has a worker while it wants frames; between, its fluid is kept here. */
  async function runViewer(viewer: Viewer, send: (message: object) => void): Promise<void> {
    for (let losses = 0; await viewer.wantsFrames(); ) {
      const sent = viewer.frame;
      if (pool.idle === 0) send({ note: "waiting" });
      try {
        await pool.run((fut) => viewer.run(fut, size, maxFps));
      } catch (error) {
        losses = viewer.frame > sent ? 1 : losses + 1;
        if (!isFutharkError(error, "worker-exit") || losses > 3) throw error;
        send({ note: "restarted" });
      }
    }
  }

  async function close(): Promise<void> {
    http.close();
    for (const viewer of viewers.keys()) viewer.leave();
    await Promise.all(viewers.values());
    for (const socket of sockets.clients) socket.terminate(); // one that does not answer
    http.closeAllConnections();
    await pool.close();
  }
  return { url: `http://127.0.0.1:${port}/`, pool, viewers, close };
}
