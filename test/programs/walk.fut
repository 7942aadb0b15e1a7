-- Entries for random walks over handles: every way in which results can share memory with
-- arguments, with one another and with the program's constants, and every kind of value
-- that a call can overwrite. Whoever forgets that two values share shows a wrong number.

type~ pair = {left: []i32, right: []i32}
type~ figure = #line ([]i32) | #cross ([]i32) ([]i32) | #dot i32
type bead = {hue: i32, marks: [3]i32}
module hold : {
  type~ crate
  val load [n] : [n]i32 -> crate
  val dent : *crate -> i32 -> *crate
  val unload : crate -> []i32
} = {
  type~ crate = {things: []i32}
  def load (things: []i32) : crate = {things}
  def dent (c: *crate) (v: i32) : *crate = {things = c.things with [0] = v}
  def unload (c: crate) = c.things
}
type~ crate = hold.crate

-- Arrays
entry same (xs: []i32) : []i32 = xs
entry twice (xs: []i32) : ([]i32, []i32) = (xs, xs)
entry choose (left: bool) (xs: []i32) (ys: []i32) : []i32 = if left then xs else ys
entry put [n] (xs: *[n]i32) (v: i32) : *[n]i32 = xs with [0] = v
entry put_both [n][m] (xs: *[n]i32) (ys: *[m]i32) (v: i32) : (*[n]i32, *[m]i32) =
  (xs with [0] = v, ys with [0] = v + 1)
entry put_beside [n][m] (xs: *[n]i32) (ys: [m]i32) (v: i32) : (*[n]i32, [m]i32) =
  (xs with [0] = v + ys[m - 1], ys)
entry put_or_fail [n] (xs: *[n]i32) (i: i64) (v: i32) : *[n]i32 =
  (xs with [0] = v) with [i] = v
entry fresh (v: i32) : *[3]i32 = [v, v + 1, v + 2]
def table : [3]i32 = map i32.i64 (iota 3)
entry constant : []i32 = table
entry constant_twice : ([]i32, []i32) = (table, table)

-- Two dimensions: parts of an array's memory
entry row [n][m] (xss: [n][m]i32) (i: i64) : [m]i32 = xss[i]
entry flat [n][m] (xss: [n][m]i32) : []i32 = flatten xss
entry fold_up [n] (xs: [n]i32) : [n][1]i32 = unflatten (xs :> [n * 1]i32)
entry turn [n][m] (xss: [n][m]i32) : [m][n]i32 = transpose xss
entry put_row [n][m] (xss: *[n][m]i32) (xs: [m]i32) : *[n][m]i32 = xss with [0] = copy xs
entry stack [n] (xs: [n]i32) (ys: [n]i32) : [2][n]i32 = [xs, ys]

-- Records
entry join (xs: []i32) (ys: []i32) : pair = {left = xs, right = ys}
entry split (p: pair) : ([]i32, []i32) = (p.left, p.right)
entry same_pair (p: pair) : pair = p
entry mirror (p: pair) : pair = {left = p.right, right = p.left}
entry put_pair (p: *pair) (v: i32) : *pair =
  let right = copy p.right
  in {left = p.left with [0] = v, right}
entry put_small (p: *{left: [3]i32, right: [3]i32}) (v: i32) : *{left: [3]i32, right: [3]i32} =
  let right = copy p.right with [0] = v + 1
  in {left = p.left with [0] = v, right}
entry constant_pair : pair = {left = table, right = table}

-- Sums
entry same_figure (f: figure) : figure = f
entry put_figure (f: *figure) (v: i32) : *figure =
  match f
  case #line xs -> #line (xs with [0] = v)
  case #cross xs ys -> let zs = copy ys in #cross zs (xs with [0] = v)
  case #dot _ -> #dot v
type spot = #at ([3]i32) | #off
def here : spot = #at table
entry constant_spot : spot = here
entry put_spot (s: *spot) (v: i32) : *spot =
  match s
  case #at xs -> #at (xs with [0] = v)
  case #off -> #off

-- Arrays of records, and of what nobody can look into
entry same_beads (bs: []bead) : []bead = bs
entry put_beads [n] (bs: *[n]bead) (v: i32) : *[n]bead =
  bs with [0] = {hue = v, marks = replicate 3 v}
entry bead_marks [n] (bs: [n]bead) : [n][3]i32 = map (.marks) bs
def string_of_beads : []bead = tabulate 3 (\i -> {hue = i32.i64 i, marks = replicate 3 (i32.i64 i)})
entry constant_beads : []bead = string_of_beads
entry load (xs: []i32) : crate = hold.load xs
entry dent (c: *crate) (v: i32) : *crate = hold.dent c v
entry unload (c: crate) : []i32 = hold.unload c
