import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { pythonPackageDir } from "./python.ts";

/** Font files to draw with. A machine need not have any font: matplotlib includes these. */
export interface Fonts {
  readonly regular: string;
  readonly bold: string;
}

/** Finds the fonts; without them, `undefined`, pictures have no captions. */
export async function findFonts(python: string): Promise<Fonts | undefined> {
  const folder = join(await pythonPackageDir(python, "matplotlib"), "mpl-data", "fonts", "ttf");
  const fonts = {
    regular: join(folder, "DejaVuSans.ttf"),
    bold: join(folder, "DejaVuSans-Bold.ttf"),
  };
  return existsSync(fonts.regular) && existsSync(fonts.bold) ? fonts : undefined;
}

/** The style of a line of text. */
export interface Look {
  /** Height of the letters' body in pixels. */
  readonly size: number;
  readonly colour: string;
  readonly bold?: boolean;
}

/** A drawn line of text. */
export interface Caption {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
}

/** Draws a line of text on a transparent ground. */
export async function drawCaption(text: string, look: Look, fonts: Fonts): Promise<Caption> {
  // Without this, fontconfig complains on stderr where the system has no fonts configured.
  process.env.FONTCONFIG_FILE ??= fileURLToPath(new URL("fonts.conf", import.meta.url));
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${look.colour}">${escapeMarkup(text)}</span>`,
      font: `DejaVu Sans ${look.bold ? "Bold " : ""}${look.size}`,
      fontfile: look.bold ? fonts.bold : fonts.regular,
      dpi: 72, // so that a point is a pixel
      rgba: true,
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { png: data, width: info.width, height: info.height };
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
