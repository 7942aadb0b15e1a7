// What the page does in a browser on this machine, as lines for a table:
//
//   npm run demo:fluid -- --measure

import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type Backend, nd } from "futhark-bridge";
import type { Browser } from "playwright-core";
import { findBrowser } from "./browser.ts";
import { type Module, open } from "./program.ts";
import { startFluid } from "./server.ts";

const SECONDS = 10;
const SETTINGS = { dt: 1 / 60, viscosity: 0, decay: 0.12, swirl: 0.3 };
const STROKE = [0.4, 0.5, 0.42, 0.5, 1, 0.5, 0];

/** Prints frames per second, the age of a frame when it is drawn, and the bridge's share of it. */
export async function measure(backend: Backend = "multicore"): Promise<void> {
  const found = await findBrowser();
  if ("missing" in found) throw new Error(found.missing);
  const browser = await found.launch();
  try {
    console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}`);
    console.log("\n| grid, back end | frames/s | age when drawn, median (95 %) | bridge |");
    console.log("|---|---|---|---|");
    for (const size of [256, 384, 512]) {
      const page = await measurePage(browser, size, backend, 1);
      console.log(`| ${size}², ${backend} | ${page} | ${await bridgeShare(size, backend)} |`);
    }
    const slow = await measurePage(browser, 256, backend, 6);
    console.log(`| 256², ${backend}, page slowed 6 times | ${slow} | |`);
  } finally {
    await browser.close();
  }
}

/** Stirs a page for some seconds. */
async function measurePage(
  browser: Browser,
  size: number,
  backend: Backend,
  slowed: number,
): Promise<string> {
  const drawn: number[] = [];
  const server = await startFluid({ size, backend, workers: 1, port: 0, maxFps: 1000 });
  try {
    const page = await browser.newPage();
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => {
        const [kind, { age }] = JSON.parse(String(payload));
        if (kind === "drawn") drawn.push(age);
      });
    });
    await page.goto(server.url);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowed });
    const box = (await page.locator("#fluid").boundingBox()) ?? { x: 0, y: 0, width: 1, height: 1 };
    await delay(2000);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    const [from, began] = [drawn.length, performance.now()];
    for (let turn = 0; performance.now() - began < SECONDS * 1000; turn += 0.2) {
      const x = box.x + box.width * (0.5 + 0.3 * Math.sin(turn));
      await page.mouse.move(x, box.y + box.height * (0.5 + 0.3 * Math.cos(turn * 0.7)));
      await delay(16);
    }
    const ages = drawn.slice(from);
    const fps = ages.length / ((performance.now() - began) / 1000);
    await page.close();
    return `${fps.toFixed(0)} | ${quantile(ages, 0.5).toFixed(1)} (${quantile(ages, 0.95).toFixed(1)}) ms`;
  } finally {
    await server.close();
  }
}

/**
 * The share of a frame that is not Futhark's computing: what the same calls take on a grid of one
 * cell (on one thread, or waking the others would be counted), and the copy of the picture into
 * shared memory. Of each the quickest tenth, as other programs disturb the rest.
 */
async function bridgeShare(size: number, backend: Backend): Promise<string> {
  await using fut = await open({ backend });
  await using small = await open({ backend: "c" });
  const [large, least] = [await openFluid(fut, size), await openFluid(small, 1)];
  const frames: FrameParts[] = [];
  const calls: number[] = [];
  for (let i = 0; i < 200; i++) {
    frames.push(await large());
    calls.push((await least()).calls);
  }
  const whole = quantile(
    frames.map(({ calls, copy }) => calls + copy),
    0.1,
  );
  const copy = quantile(
    frames.map(({ copy }) => copy),
    0.1,
  );
  const bridge = quantile(calls, 0.1) + copy;
  const percent = (100 * bridge) / whole;
  return `${bridge.toFixed(2)} (copy ${copy.toFixed(2)}) of ${whole.toFixed(1)} ms, ${percent.toFixed(1)} %`;
}

/** What a frame took, in ms. */
interface FrameParts {
  readonly calls: number;
  readonly copy: number;
}

/** @returns a function that makes a frame as viewer.ts does, and says what it took. */
async function openFluid(fut: Module, size: number): Promise<() => Promise<FrameParts>> {
  let state = fut.entry.start(size, size);
  return async () => {
    const began = performance.now();
    const next = fut.entry.step(SETTINGS, nd(Float32Array.from(STROKE), [1, 7]), state);
    state.free();
    state = next;
    await next;
    const picture = await fut.entry.draw(state);
    const drawn = performance.now();
    const frame = await picture.borrow();
    const copied = performance.now();
    frame.release();
    picture.free();
    return { calls: drawn - began, copy: copied - drawn };
  };
}

function quantile(list: readonly number[], part: number): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length * part)] ?? Number.NaN;
}
