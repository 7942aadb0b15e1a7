// The server of the fluid page, without a browser: a client here receives the frames.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import WebSocket from "ws";
import type { FutharkModule } from "../../ts/index.ts";
import { steps } from "../search/scale.ts";
import { Client } from "../support/fluid-client.ts";
import { liveValues } from "../support/live-values.ts";
import { until, workersOf } from "../support/processes.ts";
import { parseMessage } from "./fluid/messages.ts";
import { type FluidServer, startFluid } from "./fluid/server.ts";
import { root } from "./python.ts";

const OPTIONS = { size: 32, maxFps: 1000, backend: "c", workers: 2, port: 0 } as const;

describe("the fluid's server", () => {
  let server: FluidServer;
  const descriptors = () => readdirSync("/proc/self/fd").length;
  let [open, workers] = [0, 0];
  before(async () => {
    // The first server and page open descriptors that stay open in this process.
    server = await startFluid(OPTIONS);
    const first = await Client.open(server.url);
    await frames(first, 1);
    await first.close();
    await server.close();
    workers = workersOf().length;
    open = descriptors();
    server = await startFluid(OPTIONS);
  });
  after(async () => {
    const leaver = await Client.open(server.url); // disconnected with the server
    const closed = once(leaver.socket, "close");
    await server.close();
    await closed;
    assert.equal(server.viewers.size, 0);
    await until(
      "no worker and no descriptor is left",
      () => workersOf().length === workers && descriptors() <= open,
    );
  });

  const frames = (client: Client, n: number) =>
    until(`frame ${n}`, () => client.frames.length >= n);
  const allGone = () => until("all pages are gone", () => server.viewers.size === 0);

  test("no page gets more than two frames ahead of what it has drawn", async () => {
    const client = await Client.open(server.url);
    client.send("run");
    await frames(client, 2);
    const [viewer] = server.viewers.keys();
    // The worker is free again, which it is not before the page was given up for now.
    await until("the page has no worker", () => server.pool.idle === 2);
    assert.equal(client.frames.length, 2);
    assert.deepEqual([viewer?.frame, viewer?.ahead, viewer?.held.size], [2, 2, 0]);
    client.drawn(1);
    await frames(client, 3);
    client.drawAll();
    await frames(client, 30);
    assert.deepEqual(
      client.frames.map(({ number }) => number),
      client.frames.map((_, i) => i + 1),
    );
    await client.close();
    await allGone();
  });

  test("the frames are what Futhark draws, before a pause and after it", async () => {
    const client = await Client.open(server.url);
    client.drawAll();
    for (const least of [5, 10]) {
      client.send("run");
      await frames(client, least);
      client.send("rest");
      const [viewer] = server.viewers.keys();
      await until("the fluid is kept", () => viewer?.saved !== undefined && server.pool.idle === 2);
      await frames(client, Number(viewer?.frame));
      const fut = server.pool.modules[1] as FutharkModule;
      using state = await fut.types.state.restore(viewer?.saved as Uint8Array);
      using picture = await fut.entry.draw(state);
      assert.deepEqual(client.frames.at(-1)?.pixels, Buffer.from(await picture.values()));
    }
    await client.close();
    await allGone();
  });

  test("a page without a free worker waits, and gets the worker of a page that closes", async () => {
    const clients = await Promise.all([1, 2].map(() => Client.open(server.url)));
    for (const client of clients) {
      client.drawAll();
      client.send("run");
      await frames(client, 3);
    }
    const third = await Client.open(server.url);
    await until("it is notified", () => third.notes.includes("waiting"));
    assert.equal(third.frames.length, 0);
    await clients[0]?.close();
    await frames(third, 1);
    await Promise.all([clients[1]?.close(), third.close()]);
    await allGone();
  });

  test("pages that close during frames leave no value in a worker and no frame in memory", async () => {
    for (let i = 0; i < steps(10, 200); i++) {
      const client = await Client.open(server.url, i % 2 === 0);
      client.send("run");
      const [viewer] = server.viewers.keys();
      await until("frames are on their way", () => Number(viewer?.frame) > 0);
      if (i % 3 === 0) client.socket.terminate();
      else client.stream.destroy();
      await allGone();
      assert.equal(viewer?.held.size, 0);
    }
    for (const fut of server.pool.modules) assert.equal(await liveValues(fut), 0);
  });

  test("a page whose worker is killed loses its fluid, and nothing else", async () => {
    const client = await Client.open(server.url);
    client.drawAll();
    client.send("run");
    for (let kill = 1; kill <= 2; kill++) {
      await frames(client, client.frames.length + 5);
      // Any of them may have the page.
      for (const { pid } of server.pool.modules)
        if (pid !== undefined) process.kill(pid, "SIGKILL");
      await until(
        "it is notified",
        () => client.notes.filter((note) => note === "restarted").length === kill,
      );
      await frames(client, client.frames.length + 5);
    }
    await client.close();
    await allGone();
  });

  test("a page of another site, or under another name, gets nothing", async () => {
    const { port } = new URL(server.url);
    const status = (path: string, headers: Record<string, string>, method = "GET") =>
      new Promise((resolve, reject) => {
        const sent = request({ host: "127.0.0.1", port, path, headers, method }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on("error", reject).end();
      });
    const host = `127.0.0.1:${port}`;
    assert.equal(await status("/", { host }), 200);
    assert.equal(await status("/", { host: "fluid.example" }), 403);
    assert.equal(await status("/", { host, origin: "http://fluid.example" }), 403);
    assert.equal(await status("/frames/1", { host }), 404);
    assert.equal(await status("/../server.ts", { host }), 404);
    assert.equal(await status("/", { host }, "POST"), 405);
    const socket = new WebSocket(`ws://${host}/control`, { origin: "http://fluid.example" });
    const [error] = await once(socket, "error");
    assert.match(String(error), /401/);
    assert.equal(server.viewers.size, 0);
  });

  for (const [what, text, code] of [
    ["no JSON", "{", 1008],
    ["of another kind", '["stop"]', 1008],
    [
      "with a stroke out of range",
      '["drag",{"x0":7,"y0":0,"x1":0,"y1":0,"r":0,"g":0,"b":0}]',
      1008,
    ],
    ["too long", JSON.stringify("x".repeat(2000)), 1009],
  ] as const) {
    test(`a message that is ${what} ends its page, and no other`, async () => {
      const [other, client] = await Promise.all([Client.open(server.url), Client.open(server.url)]);
      other.drawAll();
      client.socket.send(text);
      assert.equal((await once(client.socket, "close"))[0], code);
      other.send("run");
      await frames(other, 3);
      await other.close();
      await allGone();
    });
  }
});

test("a page that acknowledges frames without reading them occupies two frames, and no worker", async () => {
  const server = await startFluid({ ...OPTIONS, size: 384, workers: 1 }); // soon too much to buffer
  try {
    const client = await Client.open(server.url, false);
    client.send("run");
    const [viewer] = server.viewers.keys();
    await until("nothing more is taken from here", () => {
      client.drawn(1);
      client.drawn(2);
      return Number(viewer?.held.size) >= 2 && server.pool.idle === 1;
    });
    assert.equal(viewer?.held.size, 2);
    await client.close();
    await until("it is gone", () => server.viewers.size === 0);
    assert.equal(viewer?.held.size, 0);
  } finally {
    await server.close();
  }
});

test("numbers out of range in a message are errors that name them", () => {
  const stroke = { x0: 0, y0: 0.5, x1: 1, y1: 1, r: 0, g: 0.2, b: 0 };
  assert.deepEqual(parseMessage(JSON.stringify(["drag", { ...stroke, z: 1 }])), ["drag", stroke]);
  for (const x0 of [-0.1, 1.1, null, "0", true]) {
    const expected = { message: `drag: expected x0 from 0 to 1, got ${x0}` };
    assert.throws(() => parseMessage(JSON.stringify(["drag", { ...stroke, x0 }])), expected);
  }
  for (const text of ["null", "7", '["toString"]', '[["drag"]]', '["drag"]', '["drag",null]']) {
    assert.throws(() => parseMessage(text), RangeError);
  }
});

describe("npm run demo:fluid", () => {
  const main = (...args: string[]) =>
    spawn(process.execPath, ["--import", "tsx", join(root, "test/demo/fluid/main.ts"), ...args], {
      cwd: root,
    });

  test("prints its address, serves, and exits on a signal", async () => {
    const child = main("--backend", "c", "--size", "16", "--workers", "1");
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    const [url = ""] = /http:\S+/.exec(line) ?? [];
    assert.match(await (await fetch(url)).text(), /<canvas/);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  test("names a port that is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const child = main("--port", String(port));
    const [text] = await once(child.stderr.setEncoding("utf8"), "data");
    assert.equal(text, `demo:fluid: port ${port} is in use: try another --port\n`);
    assert.deepEqual(await once(child, "exit"), [1, null]);
    other.close();
  });
});
