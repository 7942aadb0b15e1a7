import sharp, { type OverlayOptions } from "sharp";
import { drawCaption, type Fonts, type Look } from "./captions.ts";

/** A picture with its caption. */
export interface Panel {
  /** Red, green and blue of each pixel, row by row. */
  readonly pixels: Uint8Array;
  readonly title: string;
  readonly remark: string;
}

/** Panels of one size in a row. */
export interface Sheet {
  readonly height: number;
  readonly width: number;
  readonly title: string;
  readonly footer: string;
  readonly panels: readonly Panel[];
}

/** Sizes in pixels. */
const MARGIN = 40;
const GAP = 24;
const HEADER = 124;
const FOOTER = 40;
/** A close-up shows a quarter of the width, enlarged to all of it. */
const ENLARGED = 4;

const GROUND = "#f6f4ef";
const LOOKS = {
  title: { size: 26, colour: "#22252b", bold: true },
  panel: { size: 17, colour: "#22252b", bold: true },
  remark: { size: 15, colour: "#5c606a" },
  footer: { size: 13, colour: "#85888f" },
} as const satisfies Record<string, Look>;

/** The position of a panel's upper left corner on the sheet, in pixels. */
export function panelCorner(
  sheet: Pick<Sheet, "width">,
  index: number,
): { left: number; top: number } {
  return { left: MARGIN + index * (sheet.width + GAP), top: MARGIN + HEADER };
}

/**
 * Draws the sheet as a PNG: every panel pixel for pixel, below it a close-up of a part of it.
 * Without fonts there is no text.
 */
export async function drawSheet(sheet: Sheet, fonts: Fonts | undefined): Promise<Buffer> {
  const cut = closeUpOf(sheet);
  const overlays: OverlayOptions[] = [];
  for (const [index, panel] of sheet.panels.entries()) {
    const { left, top } = panelCorner(sheet, index);
    overlays.push({ ...imageOf(sheet, panel), left, top });
    overlays.push({ input: await closeUp(sheet, panel), left, top: top + sheet.height + GAP });
  }
  if (fonts !== undefined) overlays.push(...(await words(sheet, fonts)));
  return await sharp({
    create: {
      width: columns(sheet) + 2 * MARGIN,
      height: panelCorner(sheet, 0).top + sheet.height + GAP + cut.shownHeight + FOOTER + MARGIN,
      channels: 3,
      background: GROUND,
    },
  })
    .composite(overlays)
    .removeAlpha()
    .png()
    .toBuffer();
}

function columns(sheet: Sheet): number {
  return sheet.panels.length * (sheet.width + GAP) - GAP;
}

function imageOf({ width, height }: Sheet, { pixels }: Panel) {
  const input = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return { input, raw: { width, height, channels: 3 } } as const;
}

/** The part to show close up: in the middle and a little less than a third down, where a portrait has its eyes. */
function closeUpOf({ width, height }: Sheet) {
  const cutWidth = Math.max(1, Math.floor(width / ENLARGED));
  const cutHeight = Math.max(1, Math.floor(height / (2 * ENLARGED)));
  const cut = {
    left: Math.floor((width - cutWidth) / 2),
    top: Math.floor((height - cutHeight) * 0.3),
    width: cutWidth,
    height: cutHeight,
  };
  return { cut, shownHeight: Math.round((cutHeight * width) / cutWidth) };
}

async function closeUp(sheet: Sheet, panel: Panel): Promise<Buffer> {
  const { cut, shownHeight } = closeUpOf(sheet);
  const { input, raw } = imageOf(sheet, panel);
  return await sharp(input, { raw })
    .extract(cut)
    .resize(sheet.width, shownHeight, { kernel: "nearest", fit: "fill" }) // pixels stay squares
    .png()
    .toBuffer();
}

async function words(sheet: Sheet, fonts: Fonts): Promise<OverlayOptions[]> {
  const write = async (text: string, look: Look, left: number, top: number, room: number) => {
    const caption = await drawCaption(text, look, fonts);
    // Text that is too long for the column of a small picture is shrunk, not clipped.
    const fits = caption.width <= room;
    return {
      input: fits ? caption.png : await sharp(caption.png).resize(room).toBuffer(),
      left,
      top,
    };
  };
  const { top } = panelCorner(sheet, 0);
  const { shownHeight } = closeUpOf(sheet);
  const bottom = top + sheet.height + GAP + shownHeight;
  const footer = `${sheet.footer}. Below each picture a part of it, ${ENLARGED} times enlarged.`;
  const lines = [
    write(sheet.title, LOOKS.title, MARGIN, MARGIN, columns(sheet)),
    write(footer, LOOKS.footer, MARGIN, bottom + FOOTER - 16, columns(sheet)),
  ];
  for (const [index, panel] of sheet.panels.entries()) {
    const { left } = panelCorner(sheet, index);
    lines.push(write(panel.title, LOOKS.panel, left, top - 58, sheet.width));
    lines.push(write(panel.remark, LOOKS.remark, left, top - 32, sheet.width));
  }
  return await Promise.all(lines);
}
