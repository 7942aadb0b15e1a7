type odd = {constructor: i32, toString: i32}
entry same (o: odd): odd = o
