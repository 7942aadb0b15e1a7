-- | Types without a name of their own, and names that are no identifiers elsewhere.

type foo 'a = {x: a, k: i64}
type pt' = {a: i32}

entry choice (x: #no | #yes f32 i32) : [](#no | #yes f32 i32) = [x]
entry inside (_x: (u8, #no | #yes (i32, f32))) : {a: #no | #yes {b: f32}} = {a = #no}
entry generic (x: foo f32) (_y: foo (f32, i8)) : [](foo i32) = [{x = i32.f32 x.x, k = 2}]
entry prime (x: pt') : [][]pt' = [[x]]
