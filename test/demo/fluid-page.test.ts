// The fluid's page in a real Chromium, fetched on first use; CHROME names another.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { FutharkModule } from "../../ts/index.ts";
import { steps } from "../search/scale.ts";
import { liveValues } from "../support/live-values.ts";
import { until, workersOf } from "../support/processes.ts";
import { findBrowser } from "./fluid/browser.ts";
import { type FluidServer, startFluid } from "./fluid/server.ts";
import type { Viewer } from "./fluid/viewer.ts";
import { root } from "./python.ts";

const SIZE = 128;
const found = await findBrowser();
const skip = "missing" in found ? found.missing : false;

describe("the fluid's page in a browser", { skip }, () => {
  let server: FluidServer;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];
  const descriptors = () => readdirSync("/proc/self/fd").length;
  let [opened, workers] = [0, 0];

  before(async () => {
    if ("missing" in found) return;
    browser = await found.launch();
    const options = { size: SIZE, maxFps: 120, backend: "c", workers: 2, port: 0 } as const;
    // The first server and page open descriptors that stay open in this process.
    for (let i = 0; i < 2; i++) {
      if (i === 1) {
        await page.close();
        await server.close();
        [opened, workers] = [descriptors(), workersOf().length];
      }
      server = await startFluid(options);
      page = await newPage();
      await moreFrames(3);
    }
  });

  after(async () => {
    try {
      await page?.close();
      await until("the page is gone", () => server.viewers.size === 0);
      for (const fut of server.pool.modules) assert.equal(await liveValues(fut), 0);
      await server.close();
      await until("no worker and no descriptor is left", () => {
        return workersOf().length === workers && descriptors() <= opened;
      });
      assert.deepEqual(faults, []);
    } finally {
      await browser?.close();
    }
  });

  async function newPage(options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    const opened = await browser.newPage({ viewport: { width: 1280, height: 860 }, ...options });
    opened.on("pageerror", (error) => faults.push(String(error)));
    opened.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    await opened.goto(server.url);
    return opened;
  }

  const viewer = (): Viewer => [...server.viewers.keys()].at(-1) as Viewer;
  const shown = async (of = page): Promise<number> =>
    Number(await of.locator("#fluid").getAttribute("data-frame"));

  async function moreFrames(n: number, of = page): Promise<void> {
    const from = await shown(of);
    await until(`${n} frames more`, async () => (await shown(of)) >= from + n, 30_000);
  }

  /** Waits until the page is paused, and has drawn the last frame that was sent. */
  async function atRest(): Promise<void> {
    await until("the fluid is kept", () => viewer().saved !== undefined);
    await until("the last frame is drawn", async () => (await shown()) === viewer().frame);
  }

  const play = () => page.locator("#pause").click();

  /** The canvas, RGBA, row by row. */
  async function pixels(): Promise<Buffer> {
    const data = await page.evaluate<string>(`{
      const { data } = fluid.getContext("2d").getImageData(0, 0, fluid.width, fluid.height);
      btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
    }`);
    return Buffer.from(data, "base64");
  }

  /** Draws a line with the mouse; places in sides of the square. */
  async function stroke(
    from: readonly [number, number],
    to: readonly [number, number],
  ): Promise<void> {
    const box = await page.locator("#fluid").boundingBox();
    if (box === null) throw new Error("the canvas is not shown");
    const place = (t: number): [number, number] => [
      box.x + box.width * (from[0] + t * (to[0] - from[0])),
      box.y + box.height * (from[1] + t * (to[1] - from[1])),
    ];
    await page.mouse.move(...place(0));
    await page.mouse.down();
    await page.mouse.move(...place(1), { steps: 20 });
    await page.mouse.up();
  }

  /** What the page does when its tab goes to the background, or comes back. */
  async function see(hidden: boolean): Promise<void> {
    await page.evaluate(`
      Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    `);
    if (hidden) await atRest();
  }

  test("the canvas is the frame that Futhark drew, bit for bit", async () => {
    await moreFrames(10);
    await page.locator("#pause").click();
    await atRest();
    const fut = server.pool.modules[1] as FutharkModule;
    using state = await fut.types.state.restore(viewer().saved as Uint8Array);
    using picture = await fut.entry.draw(state);
    const drawn = Buffer.from(await picture.values());
    assert.ok(new Set(drawn).size > 50, "the picture shows nothing");
    assert.ok(drawn.equals(await pixels()));
    await play();
  });

  test("a stroke of the mouse changes what is near its path, and nothing else", async () => {
    /** Returns the first frame, with the strokes made while the page was paused. */
    const firstFrame = async (): Promise<Buffer> => {
      const last = viewer().frame;
      await page.locator("#reset").click();
      await until("a frame", async () => (await shown()) === last + 1);
      return await pixels();
    };
    await page.locator("input[title=white]").check();
    await see(true);
    const without = await firstFrame();
    await stroke([0.3, 0.08], [0.7, 0.08]);
    const stroked = await firstFrame();
    let near = 0;
    stroked.forEach((x, i) => {
      if (Math.abs(x - Number(without[i])) < 40) return;
      const [y, x1] = [Math.floor(i / 4 / SIZE) / SIZE, (Math.floor(i / 4) % SIZE) / SIZE];
      assert.ok(y < 0.16 && x1 > 0.22 && x1 < 0.78, `the cell at ${x1}, ${y} has changed`);
      near++;
    });
    assert.ok(near > 3 * SIZE, `${near} bytes have changed`);
    await see(false);
  });

  test("keys stir, pause and restart", async () => {
    await page.locator("#fluid").focus();
    await page.keyboard.press("r");
    for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowRight");
    assert.ok(await page.locator("#stirrer").isVisible());
    await page.keyboard.press(" ");
    await atRest();
    assert.equal(await page.locator("#pause").textContent(), "Play");
    // No dye of the opening is white.
    const cells = Array.from({ length: SIZE ** 2 }, (_, i) => 4 * i);
    const data = await pixels();
    assert.ok(
      cells.some((i) => Math.min(...data.subarray(i, i + 3)) > 150),
      "no dye is left",
    );
    await page.keyboard.press(" ");
    await moreFrames(3);
  });

  test("a page that is slow, or stops, never has more than two frames before it", async () => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 6 });
    const from = viewer().frame;
    let most = { ahead: 0, held: 0 };
    await until(
      "frames of a slow page",
      () => {
        const { ahead, held, frame } = viewer();
        most = { ahead: Math.max(most.ahead, ahead), held: Math.max(most.held, held.size) };
        return frame >= from + steps(60, 300);
      },
      120_000,
    );
    assert.ok(most.ahead <= 2 && most.held <= 2, JSON.stringify(most));
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await devtools.detach();
  });

  test("a hidden page pauses, and continues where it stopped", async () => {
    await see(true);
    await until("no worker is held", () => server.pool.idle === 2 && viewer().saved !== undefined);
    await see(false);
    await moreFrames(5);
  });

  test("when the worker is killed, the page says so and continues with a new fluid", async () => {
    await moreFrames(1);
    // Any of them may have the page.
    for (const { pid } of server.pool.modules) if (pid !== undefined) process.kill(pid, "SIGKILL");
    await page.getByText("The worker ended").waitFor();
    await moreFrames(10);
  });

  test("a page that is reloaded during frames leaves nothing behind", async () => {
    for (let i = 0; i < steps(4, 50); i++) {
      const old = viewer();
      await page.reload();
      await until("the old page is gone", () => old.gone && !server.viewers.has(old));
      assert.equal(old.held.size, 0);
      await moreFrames(2);
    }
    assert.equal(server.viewers.size, 1);
  });

  test("with reduced motion the picture stands still until Play is pressed", async () => {
    const calm = await newPage({ reducedMotion: "reduce" });
    await until("a first frame", async () => (await shown(calm)) === 1);
    const its = viewer();
    await until("the fluid is kept", () => its.saved !== undefined);
    assert.equal(its.frame, 1);
    await calm.getByText("Play").click();
    await moreFrames(5, calm);
    await calm.close();
    await until("it is gone", () => !server.viewers.has(its));
  });

  test("on a phone all is within the width", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assert.equal(width, 390);
    await page.setViewportSize({ width: 1280, height: 860 });
    mkdirSync(join(root, ".cache"), { recursive: true });
    await page.screenshot({ path: join(root, ".cache", "fluid.png") });
  });
});
