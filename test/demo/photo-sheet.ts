import type { Photograph } from "./photograph.ts";
import type { Sheet } from "./side-by-side.ts";

/** How much stronger than it is the difference is shown. */
export const DIFFERENCE_GAIN = 4;

/** Writes the captions of the photograph before and after, and of their difference. */
export function sheetOf(
  photo: Photograph,
  after: Uint8Array,
  difference: Uint8Array,
  psnr: number,
  keep: number,
): Sheet {
  const { height, width, pixels, credit } = photo;
  const shown = Number.isFinite(psnr) ? `PSNR ${psnr.toFixed(2)} dB` : "no difference";
  return {
    height,
    width,
    title: "A photograph through Loeffler's cosine transform, in Futhark, called from Node",
    footer: credit,
    panels: [
      { pixels, title: "before", remark: `${width} × ${height} pixels` },
      {
        pixels: after,
        title: "after",
        remark: `${keep} of 64 coefficients in each block · ${shown}`,
      },
      {
        pixels: difference,
        title: "difference",
        remark: `after minus before, ${DIFFERENCE_GAIN} times as strong; grey is none`,
      },
    ],
  };
}
