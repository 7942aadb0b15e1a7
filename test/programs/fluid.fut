-- A fluid that is stirred: velocity and three dyes on a grid of h by w cells that wraps around.
-- Lengths are in sides of the square, so that a fluid looks the same on every grid.
--
-- The method is Stam's ("Stable Fluids", 1999): forces, then the pressure that keeps the fluid
-- from being compressed, then everything is carried along by the velocity.

type state [h][w] =
  { u: [h][w]f32 -- velocity along x, in sides per second
  , v: [h][w]f32 -- and along y
  , p: [h][w]f32 -- pressure: where the next step begins to look for its own
  , r: [h][w]f32
  , g: [h][w]f32
  , b: [h][w]f32 }

-- A stroke of the stirrer from one point to another, and the dye that it leaves.
type drag = {x0: f32, y0: f32, x1: f32, y1: f32, r: f32, g: f32, b: f32}

-- Seconds to go on, sides^2 per second, share of the dye that goes per second, curl that is kept.
type settings = {dt: f32, viscosity: f32, decay: f32, swirl: f32}

type rgb = (f32, f32, f32)

-- The neighbours of a cell; comparisons are quicker than remainders.
def before (n: i64) (i: i64) : i64 = if i == 0 then n - 1 else i - 1
def after (n: i64) (i: i64) : i64 = if i == n - 1 then 0 else i + 1

-- By comparison: C's functions for these take care of NaN, and longer than all else here.
def clamp (low: f32) (high: f32) (x: f32) : f32 = if x < low then low else if x > high then high else x
def size (x: f32) : f32 = if x < 0 then -x else x

-- How much of a stroke reaches a point: nothing further out than three radii.
def reach (radius: f32) (d: drag) (x: f32) (y: f32) : f32 =
  let (dx, dy) = (d.x1 - d.x0, d.y1 - d.y0)
  let (px, py) = (x - d.x0, y - d.y0)
  in if size (px - dx / 2) > size dx / 2 + 3 * radius || size (py - dy / 2) > size dy / 2 + 3 * radius
     then 0
     else let along = clamp 0 1 ((px * dx + py * dy) / (dx * dx + dy * dy + 1e-9))
          let (ex, ey) = (px - along * dx, py - along * dy)
          in f32.exp (-(ex * ex + ey * ey) / (radius * radius))

def centre (n: i64) (i: i64) : f32 = (f32.i64 i + 0.5) / f32.i64 n

-- What strokes and the fluid's own eddies add to the velocity in one step. Eddies that the grid
-- is too coarse for are lost; `swirl` gives those that remain a push (vorticity confinement).
def push [h] [w] [k] (o: settings) (drags: [k]drag) (u: [h][w]f32) (v: [h][w]f32) : ([h][w]f32, [h][w]f32) =
  let curl =
    tabulate_2d h w (\i j ->
      #[unsafe] (v[i, after w j] - v[i, before w j]) - (u[after h i, j] - u[before h i, j]))
  let pushed =
    tabulate_2d h w (\i j ->
      #[unsafe]
      let gx = size curl[i, after w j] - size curl[i, before w j]
      let gy = size curl[after h i, j] - size curl[before h i, j]
      let scale = o.swirl * o.dt * curl[i, j] / (f32.sqrt (gx * gx + gy * gy) + 1e-5)
      in loop (fu, fv) = (u[i, j] + gy * scale, v[i, j] - gx * scale)
         for d in drags do
           let a = 24 * reach 0.035 d (centre w j) (centre h i)
           in (fu + a * (d.x1 - d.x0), fv + a * (d.y1 - d.y0)))
  in (map (map (.0)) pushed, map (map (.1)) pushed)

-- Viscosity: what diffuses to `a` within a step, by Jacobi's iteration.
def diffuse [h] [w] (o: settings) (a: [h][w]f32) : [h][w]f32 =
  let k = o.viscosity * o.dt * f32.i64 (h * w)
  in if o.viscosity <= 0
     then a
     else loop x = a for _i < 8i32 do
       tabulate_2d h w (\i j ->
         #[unsafe]
         let around = x[before h i, j] + x[after h i, j] + x[i, before w j] + x[i, after w j]
         in (a[i, j] + k * around) / (1 + 4 * k))

-- Takes out of the velocity what would compress the fluid.
def project [h] [w] (p: [h][w]f32) (u: [h][w]f32) (v: [h][w]f32) : ([h][w]f32, [h][w]f32, [h][w]f32) =
  let divergence =
    tabulate_2d h w (\i j ->
      #[unsafe]
      0.5 * ((u[i, after w j] - u[i, before w j]) + (v[after h i, j] - v[before h i, j])))
  let p =
    loop p for _i < 20i32 do
      tabulate_2d h w (\i j ->
        #[unsafe]
        0.25 * (p[before h i, j] + p[after h i, j] + p[i, before w j] + p[i, after w j] - divergence[i, j]))
  let u = tabulate_2d h w (\i j -> #[unsafe] u[i, j] - 0.5 * (p[i, after w j] - p[i, before w j]))
  let v = tabulate_2d h w (\i j -> #[unsafe] v[i, j] - 0.5 * (p[after h i, j] - p[before h i, j]))
  in (p, u, v)

-- Where something was one step ago that is now at cell `at` of n: the two cells around that place,
-- and how far it is from the first to the second.
def source (n: i64) (at: i64) (velocity: f32) (dt: f32) : (i64, i64, f32) =
  let length = f32.i64 n
  let x = f32.i64 at - clamp (-length) length (dt * velocity * length)
  let x = if x < 0 then x + length else if x >= length then x - length else x
  let i = i64.i32 (i32.f32 x) -- x is not below 0, so that this rounds down
  let i = if i < 0 then 0 else if i >= n then n - 1 else i -- rounded up to n, or no number
  in (i, after n i, x - f32.i64 i)

-- Carries velocity and dyes along, lets the dyes fade, and adds what the strokes leave.
def carry [h] [w] [k] (o: settings) (drags: [k]drag) (s: state [h] [w]) : state [h] [w] =
  let fade = f32.exp (-o.decay * o.dt)
  let carried =
    tabulate_2d h w (\i j ->
      #[unsafe]
      let (j0, j1, fx) = source w j s.u[i, j] o.dt
      let (i0, i1, fy) = source h i s.v[i, j] o.dt
      let (a, b, c, d) = ((1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx)
      let at (f: [h][w]f32) = a * f[i0, j0] + b * f[i0, j1] + c * f[i1, j0] + d * f[i1, j1]
      let (r, g, b) =
        loop (r, g, b) = (fade * at s.r, fade * at s.g, fade * at s.b)
        for d in drags do
          let a = reach 0.02 d (centre w j) (centre h i)
          in (r + a * (d.r - r), g + a * (d.g - g), b + a * (d.b - b))
      in (at s.u, at s.v, r, g, b))
  in { u = map (map (.0)) carried
     , v = map (map (.1)) carried
     , p = s.p
     , r = map (map (.2)) carried
     , g = map (map (.3)) carried
     , b = map (map (.4)) carried }

-- An opening to look at: six drops in a ring, on eddies that will draw them out.
entry start (h: i64) (w: i64) : state [h] [w] =
  let wave (k: f32) (x: f32) = f32.sin (2 * f32.pi * k * x)
  let field f = tabulate_2d h w (\i j -> f (centre w j) (centre h i))
  let drop (k: i64) (x: f32) (y: f32) =
    let angle = f32.i64 k * f32.pi / 3
    let (ex, ey) = (x - 0.5 - 0.27 * f32.cos angle, y - 0.5 - 0.27 * f32.sin angle)
    in 1.1 * f32.exp (-(ex * ex + ey * ey) / 0.006)
  let dye (shares: [6]f32) x y = f32.sum (map2 (\share k -> share * drop k x y) shares (iota 6))
  let eddy x y = 0.9 * f32.exp (-((x - 0.5) ** 2 + (y - 0.5) ** 2) / 0.06)
  in { u = field (\x y -> 0.16 * wave 2 y + 0.1 * wave 3 (x + y) - 3 * (y - 0.5) * eddy x y)
     , v = field (\x y -> 0.16 * wave 2 x - 0.1 * wave 3 (x - y) + 3 * (x - 0.5) * eddy x y)
     , p = field (\_ _ -> 0)
     , r = field (dye [1.0, 1.0, 0.02, 0.05, 0.45, 0.9])
     , g = field (dye [0.2, 0.55, 0.7, 0.35, 0.1, 0.12])
     , b = field (dye [0.12, 0.05, 0.5, 1.0, 0.9, 0.45]) }

-- One step: the strokes since the last one, and the time that has passed. Strokes are rows of
-- numbers: one array is quicker to pass than the seven of an array of records.
entry step [h] [w] [k] (o: settings) (strokes: [k][7]f32) (s: state [h] [w]) : state [h] [w] =
  let drags = map (\d -> {x0 = d[0], y0 = d[1], x1 = d[2], y1 = d[3], r = d[4], g = d[5], b = d[6]}) strokes
  let (u, v) = push o drags s.u s.v
  let (p, u, v) = project s.p (diffuse o u) (diffuse o v)
  in carry o drags (s with u = u with v = v with p = p)

-- What a page shows: RGBA. Light falls from the upper left on dye that is higher where it is denser.
entry draw [h] [w] (s: state [h] [w]) : [h][w][4]u8 =
  let height = map3 (map3 (\r g b -> let all = r + g + b in all / (all + 0.6))) s.r s.g s.b
  in tabulate_2d h w (\i j ->
       #[unsafe]
       let down = height[after h i, j] - height[before h i, j]
       let right = height[i, after w j] - height[i, before w j]
       let light = 1 + clamp (-0.5) 1 (f32.i64 w / 120 * (down + right))
       let tone (ground: f32) (dye: f32) =
         let x = dye * (dye + 0.1) * light
         in u8.i32 (i32.f32 (clamp 0 255 (ground + (280 - ground) * x / (x + 0.22))))
       in [tone 9 s.r[i, j], tone 10 s.g[i, j], tone 20 s.b[i, j], 255])
