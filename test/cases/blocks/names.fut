-- ==
-- "the first" input { 1 } output { 2 }
-- "a \"second\"" tag-a tag_b input { 2 } output { 2 }
-- compiled nobench input { 3 } output { 4 }
-- "a third" compiled input { 4 } output { 6 }

entry main (x: i32) : i32 = x + 1
