-- Types in types, and names, beyond those of types.fut.

-- Sums in records in arrays, of one dimension and of two
type mood = #calm | #cross i32
type badge = {who: [2]u8, mood: mood}
-- Types of their own for two dimensions: 0.25.27 cannot have arrays of one type of two ranks.
type temper = #calm | #cross i32
type plate = {who: [2]u8, mood: temper}
def badge_of (i: i64) : badge =
  {who = [u8.i64 i, 255], mood = if i % 2 == 0 then #calm else #cross (i32.i64 i)}
def crossness (m: mood) : i32 = match m case #calm -> 0 case #cross x -> x
entry badges (n: i64) : [n]badge = tabulate n badge_of
def plate_of (i: i64) : plate =
  {who = [u8.i64 i, 255], mood = if i % 2 == 0 then #calm else #cross (i32.i64 i)}
entry badge_grid (n: i64) (m: i64) : [n][m]plate = tabulate_2d n m (\i j -> plate_of (i * m + j))
entry most_cross [n] (bs: [n]badge) : i32 = reduce i32.max (-1) (map (\b -> crossness b.mood) bs)
entry moods [n] (xs: [n]i32) : [n]mood = map (\x -> if x == 0 then #calm else #cross x) xs
entry mood_grid [n][m] (xss: [n][m]i32) : [n][m]temper =
  map (map (\x -> if x == 0 then #calm else #cross x)) xss
entry all_cross [n][m] (xss: [n][m]temper) : [n][m]i32 =
  map (map (\t -> match t case #calm -> 0 case #cross x -> x)) xss
entry wear [n] (who: [n][2]u8) (moods: [n]mood) : [n]badge =
  map2 (\who mood -> {who, mood}) who moods

-- Arrays of what nobody can look into
module mint : {
  type coin
  val strike : i64 -> coin
  val worth : coin -> i64
} = {
  type coin = (i64, bool)
  def strike (x: i64) : coin = (x, x > 1)
  def worth ((x, big): coin) = if big then 10 * x else x
}
type coin = mint.coin
entry coins (n: i64) : [n]coin = tabulate n mint.strike
entry worth [n] (cs: [n]coin) : i64 = reduce (+) 0 (map mint.worth cs)
entry coin (x: i64) : coin = mint.strike x
entry coin_worth (c: coin) : i64 = mint.worth c

-- Tuples in tuples, in records, in arrays
type~ tree = {root: (i32, (bool, f32)), leaves: [](u8, (i16, i16)), rows: [][2]f64}
entry tree (n: i64) : tree =
  { root = (7, (true, 0.5))
  , leaves = tabulate n (\i -> (u8.i64 i, (i16.i64 (-i), 1)))
  , rows = tabulate_2d n 2 (\i j -> f64.i64 (10 * i + j)) }
entry same_tree (t: tree) : tree = t
entry tree_sum (t: tree) : f64 =
  f64.i32 t.root.0 + f64.f32 t.root.1.1 + reduce (+) 0 (map (\l -> f64.i16 l.1.0) t.leaves)
  + reduce (+) 0 (flatten t.rows)
entry turn_pair (p: ((i8, u8), (i8, u8))) : ((i8, u8), (i8, u8)) = (p.1, p.0)

-- A sum of one variant, one of variants that hold sums and tuples
type only = #only i32
entry only (x: i32) : only = #only x
entry only_value (o: only) : i32 = match o case #only x -> x
type choice = #both mood mood | #pair (i32, bool) | #odd_place {x': f32}
entry same_choice (c: choice) : choice = c
entry choice_value (c: choice) : i32 =
  match c
  case #both a b -> crossness a + crossness b
  case #pair (x, negative) -> if negative then -x else x
  case #odd_place p -> i32.f32 p.x'

-- Names that C, JavaScript or Python cannot have, or has already
type odd = {x': i32, constructor: i32, length: i64, toString: f32, prototype: bool}
entry odd (x: i32) : odd =
  {x' = x, constructor = x + 1, length = 3, toString = 0.5, prototype = true}
entry odd_sum (o: odd) : i32 = o.x' + o.constructor + i32.i64 o.length
module a = { module b = { type deep = {v: i32} } }
entry deep (v: i32) : a.b.deep = {v}
entry deep_value (d: a.b.deep) : i32 = d.v
entry toString (x: i32) : i32 = x + 1
entry hasOwnProperty (x: i32) : i32 = x + 2
entry prototype (x: i32) : i32 = x + 3
entry length (x: i32) : i32 = x + 4
entry self (x: i32) : i32 = x + 5
entry class (x: i32) : i32 = x + 6
entry x'' (x: i32) : i32 = x + 7
