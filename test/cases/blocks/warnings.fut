-- ==
-- input { 1 } output { 1 }
-- warning: [Uu]nused

entry main (x: i32) : i32 =
  let unused = x + 1
  in x
