-- | An entry for each kind of type that Futhark's C API has, and the names that hurt.

-- | A place on the map.
type place = {lat: f64, lon: f64}
type corner = {lat: f64, lon: f64}
type figure = #disc f32 | #box {w: f32, h: f32} | #path i64 i64 bool | #nothing
type~ signal = #wave ([]f32) i64 | #note {pitch: f32, letters: []i32} | #silence
-- | A walk: its sizes are its own.
type~ walk = {steps: []i32, at: i64}
type~ trip = {name: []u8, stops: []place, best: figure, home: place}
type~ half_pair = {a: f16, b: []f16}
type mark = (i32, bool)
module nest = { type leaf = {v: u8} }
module counter : {
  type t
  val start : i64 -> t
  val next : t -> t
  val total : t -> i64
} = {
  type t = {count: i64, seen: [4]i64}
  def start (x: i64) : t = {count = x, seen = rep x}
  def next (c: t) : t = {count = c.count + 1, seen = map (+ c.count) c.seen}
  def total (c: t) : i64 = c.count + i64.sum c.seen
}
type counter = counter.t

-- Scalars
entry scalars (a: i8) (b: i16) (c: i32) (d: i64) (e: u8) (f: u16) (g: u32) (h: u64)
    : (i8, i16, i32, i64, u8, u16, u32, u64) = (a, b, c, d, e, f, g, h)
entry floats (a: f16) (b: f32) (c: f64) (d: bool) : (f16, f32, f64, bool) = (a, b, c, d)

-- Records and tuples
entry middle (p: place) (q: place) : place =
  {lat = (p.lat + q.lat) / 2, lon = (p.lon + q.lon) / 2}
-- (The multicore back end of 0.25.32 truncates an f16 that a map captures: none is here.)
entry halves (p: half_pair) : half_pair = {a = p.a + 1, b = map (+ 1.5) p.b}
entry swap (p: (i32, []f64)) : ([]f64, i32) = (p.1, p.0)
entry mark (x: i32) : mark = (x, x > 0)
entry unmark (m: mark) : i32 = if m.1 then m.0 else -m.0
entry anonymous (x: i32) : {count: i32, parts: {low: f32, high: f32}} =
  {count = x, parts = {low = f32.i32 x, high = f32.i32 (x + 1)}}
entry leaf (v: u8) : nest.leaf = {v}

-- Sums
entry area (f: figure) : f32 =
  match f
  case #disc r -> f32.pi * r * r
  case #box {w, h} -> w * h
  case #path x y closed -> f32.i64 (x + y) * (if closed then 1 else -1)
  case #nothing -> 0
entry same_figure (f: figure) : figure = f
entry loudness (s: signal) : f32 =
  match s
  case #wave xs n -> f32.sum xs * f32.i64 n
  case #note {pitch, letters} -> pitch + f32.i64 (length letters)
  case #silence -> 0

-- Arrays of records, of tuples, of sums
entry places (n: i64) : [n]place = tabulate n (\i -> {lat = f64.i64 i, lon = f64.i64 (-i)})
-- (A type of its own: 0.25.27 cannot have arrays of one record of two ranks.)
entry place_grid (n: i64) (m: i64) : [n][m]corner =
  tabulate_2d n m (\i j -> {lat = f64.i64 i, lon = f64.i64 j})
entry north [n] (ps: [n]place) : f64 = f64.maximum (map (.lat) ps)
entry flip_grid [n][m] (ps: [n][m]corner) : [n][m]corner =
  map (map (\p -> {lat = p.lon, lon = p.lat})) ps
entry marks [n] (xs: [n]i32) : [n]mark = map (\x -> (x, x > 0)) xs
entry count_marks [n] (ms: [n](i32, bool)) : i64 = i64.sum (map (\m -> i64.bool m.1) ms)
entry figures (n: i64) : [n]figure =
  tabulate n (\i -> if i % 2 == 0 then #disc (f32.i64 i) else #nothing)
entry total_area [n] (fs: [n]figure) : f32 =
  f32.sum (map (\f -> match f case #disc r -> r * r case #box b -> b.w * b.h case _ -> 0) fs)

-- Abstract types, nesting, the unit type
entry counter_start (x: i64) : counter = counter.start x
entry counter_next (c: counter) : counter = counter.next c
entry counter_total (c: counter) : i64 = counter.total c
entry walk_start : walk = {steps = [], at = 0}
entry walk_step (w: walk) (d: i32) : walk = {steps = w.steps ++ [d], at = w.at + i64.i32 d}
entry walk_end (w: walk) : (i64, []i32) = (w.at, w.steps)
entry trip (n: i64) : trip =
  {name = [104, 105], stops = tabulate n (\i -> {lat = f64.i64 i, lon = 0.5})
  , best = #box {w = 2, h = 3}, home = {lat = 1, lon = 2}}
entry trip_home (t: trip) : f64 = t.home.lat + f64.i64 (length t.stops)
entry to_unit (_x: i32) : () = ()
entry from_unit (_: ()) : i32 = 7

-- Consumption and aliasing
def table : []i32 = map i32.i64 (iota 4)
entry constant_table : []i32 = table
entry fresh (n: i64) : *[]i32 = map i32.i64 (iota n)
entry alias (xs: []i32) : []i32 = xs
entry twin (xs: []i32) : ([]i32, []i32) = (xs, xs)
entry overwrite [n] (xs: *[n]i32) (v: i32) : *[n]i32 = xs with [0] = v
entry add_into [n] (xs: *[n]i32) (ys: [n]i32) : *[n]i32 =
  loop xs for i < n do xs with [i] = xs[i] + ys[n - 1 - i]
type~ holder = {xs: []i32, tag: i32}
entry hold_overwrite (h: *holder) : *holder = {xs = copy h.xs with [0] = -1, tag = h.tag + 1}
type~ two = {xs: []i32, ys: []i32}
entry same_two (t: two) : two = t
-- The compiler means to refuse a function that returns a constant; this one it lets pass.
def always 'a 'b (x: a) (_: b) : a = x
def give_table = always table
entry choose (b: bool) (xs: []i32) : []i32 = if b then xs else give_table b
entry hold_in_place (h: *{xs: [3]i32, tag: i32}) : *[]i32 = h.xs with [0] = h.tag

-- Names
entry types (x: i32) : i32 = x + 1
entry free (x: i32) : i32 = x + 2
entry constructor (x: i32) : i32 = x + 3
entry prime' (x: i32) : i32 = x + 4
entry close : i32 = 5
