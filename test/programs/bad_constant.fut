-- | A program whose constant cannot be computed: it fails before the first call.
def limits : [3]i32 = [1, 2, 3]
def limit : i32 = limits[opaque 3]

entry below_limit (x: i32) : bool = x < limit
