// Makes the README's picture: the fluid of the demo, after some strokes.
//
//   node --import tsx test/guide/picture.ts     writes ts/guide/fluid.jpg

import { join } from "node:path";
import sharp from "sharp";
import { findBrowser } from "../demo/fluid/browser.ts";
import { startFluid } from "../demo/fluid/server.ts";
import { until } from "../support/processes.ts";
import { root } from "./blocks.ts";

/** Strokes of the mouse: from and to, in sides of the square. */
const STROKES = [
  [0.1, 0.2, 0.8, 0.3],
  [0.9, 0.8, 0.2, 0.7],
  [0.3, 0.9, 0.5, 0.1],
  [0.7, 0.1, 0.6, 0.9],
  [0.15, 0.5, 0.9, 0.5],
] as const;

const found = await findBrowser();
if ("missing" in found) throw new Error(found.missing);
const options = { size: 384, maxFps: 60, backend: "multicore", workers: 1, port: 0 } as const;
const server = await startFluid(options);
const browser = await found.launch();
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 860 } });
  await page.goto(server.url);
  const canvas = page.locator("#fluid");
  const frame = async () => Number(await canvas.getAttribute("data-frame"));
  const box = await canvas.boundingBox();
  if (box === null) throw new Error("the canvas is not shown");
  for (const [x0, y0, x1, y1] of STROKES) {
    await page.mouse.move(box.x + box.width * x0, box.y + box.height * y0);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * x1, box.y + box.height * y1, { steps: 30 });
    await page.mouse.up();
  }
  const from = await frame();
  await until("the strokes have flowed", async () => (await frame()) >= from + 30, 120_000);
  await sharp(await canvas.screenshot())
    .resize(900, 420)
    .jpeg({ quality: 82, mozjpeg: true })
    .toFile(join(root, "ts/guide/fluid.jpg"));
} finally {
  await browser.close();
  await server.close();
}
