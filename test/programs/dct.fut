-- | The discrete cosine transform of a photograph, by blocks of 8 by 8 as in JPEG.
import "loeffler"

-- | The orthonormal transforms, alone and over blocks, of one floating-point type.
module mk_dct (R: real) = {
  module loeffler = mk_loeffler R

  def scale (by: R.t) = map (R.* by)
  def by_sqrt8 = R.(sqrt (i64 8) / i64 8)
  def by_8 = R.(i64 1 / i64 8)

  def forward (x: [8]R.t) : [8]R.t = scale by_sqrt8 (loeffler.forward x)
  def inverse (y: [8]R.t) : [8]R.t = scale by_sqrt8 (loeffler.inverse y)

  -- Rows, then columns; the two factors of sqrt 8 make 8.
  def rows_and_columns (f: [8]R.t -> [8]R.t) (block: [8][8]R.t) : [8][8]R.t =
    block |> map f |> transpose |> map f |> transpose |> map (scale by_8)

  def forward_block : [8][8]R.t -> [8][8]R.t = rows_and_columns loeffler.forward
  def inverse_block : [8][8]R.t -> [8][8]R.t = rows_and_columns loeffler.inverse
}

module dct32 = mk_dct f32
module dct64 = mk_dct f64

-- | The orthonormal DCT-II of each row.
entry dct8 [n] (rows: [n][8]f32) : [n][8]f32 = map dct32.forward rows

-- | The inverse of `dct8`.
entry idct8 [n] (rows: [n][8]f32) : [n][8]f32 = map dct32.inverse rows

-- | `dct8` in double precision.
entry dct8_f64 [n] (rows: [n][8]f64) : [n][8]f64 = map dct64.forward rows

-- | `idct8` in double precision.
entry idct8_f64 [n] (rows: [n][8]f64) : [n][8]f64 = map dct64.inverse rows

-- | Blocks needed for n pixels.
def blocks_for (n: i64) : i64 = (n + 7) / 8

-- | Cuts a photograph into planes of red, green and blue, and these into blocks, centred on 0.
-- Sides that are no multiple of 8 are padded with their last pixel.
entry to_blocks [h][w] (photo: [h][w][3]u8) : [3][blocks_for h][blocks_for w][8][8]f32 =
  let sample p y x = f32.u8 photo[i64.min y (h - 1), i64.min x (w - 1), p] - 128
  in tabulate_3d 3 (blocks_for h) (blocks_for w) (\p i j ->
       tabulate_2d 8 8 (\y x -> sample p (8 * i + y) (8 * j + x)))

-- | The orthonormal two-dimensional DCT of each block.
entry dct_blocks [p][r][c] (blocks: [p][r][c][8][8]f32) : [p][r][c][8][8]f32 =
  map (map (map dct32.forward_block)) blocks

-- | The inverse of `dct_blocks`.
entry idct_blocks [p][r][c] (blocks: [p][r][c][8][8]f32) : [p][r][c][8][8]f32 =
  map (map (map dct32.inverse_block)) blocks

-- Whether a is to be kept before b. Of two equally large coefficients the one that stands first,
-- row by row, is kept: so exactly k stay, and always the same ones.
def outranks (coefficients: [64]f32) (a: i64) (b: i64) : bool =
  let (x, y) = (f32.abs coefficients[a], f32.abs coefficients[b])
  in x > y || (x == y && a < b)

-- | Keeps the k largest coefficients of each block, by magnitude, and sets the others to 0.
entry keep_largest [p][r][c] (k: i64) (blocks: [p][r][c][8][8]f32) : [p][r][c][8][8]f32 =
  let keep (block: [8][8]f32) : [8][8]f32 =
    let coefficients = flatten block :> [64]f32
    let rank i = loop n = 0 for j < 64 do n + i64.bool (outranks coefficients j i)
    in unflatten (tabulate (8 * 8) (\i -> if rank i < k then coefficients[i] else 0))
  in map (map (map keep)) blocks

def to_u8 (x: f32) : u8 = u8.f32 (f32.min 255 (f32.max 0 (f32.round x)))

-- | Puts the blocks back together to a photograph of h by w pixels, without their padding:
-- rounded to the nearest whole number and held within 0 to 255.
entry to_photo [r][c] (h: i64) (w: i64) (blocks: [3][r][c][8][8]f32) : [h][w][3]u8 =
  tabulate_3d h w 3 (\y x p -> to_u8 (blocks[p, y / 8, x / 8, y % 8, x % 8] + 128))

-- | The peak signal-to-noise ratio in dB; infinite for equal photographs.
entry psnr [h][w] (a: [h][w][3]u8) (b: [h][w][3]u8) : f64 =
  let square (x: u8) (y: u8) : i64 = let d = i64.u8 x - i64.u8 y in d * d
  let total = i64.sum (map2 square (flatten_3d a) (flatten_3d b))
  in 10 * f64.log10 (255 * 255 * f64.i64 (h * w * 3) / f64.i64 total)

-- | b minus a, `gain` times enlarged, on mid-grey.
entry difference [h][w] (gain: i32) (a: [h][w][3]u8) (b: [h][w][3]u8) : [h][w][3]u8 =
  let pixel (x: u8) (y: u8) = u8.i32 (i32.min 255 (i32.max 0 (128 + gain * (i32.u8 y - i32.u8 x))))
  in map2 (map2 (map2 pixel)) a b
