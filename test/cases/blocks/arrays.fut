-- ==
-- input { [[1, 2, 3], [4, 5, 6]] } output { [[1, 4], [2, 5], [3, 6]] }
-- input { [[1, 2, 3], [4, 5, 6]] } output { [[1, 4, 2], [5, 3, 6]] }
-- input { [[1, 2, 3], [4, 5, 6]] } output { [1, 4, 2, 5, 3, 6] }
-- input { empty([0][3]i32) } output { empty([3][0]i32) }
-- input { empty([0][3]i32) } output { empty([0][3]i32) }
-- input { [[1i32], [2i32],] } output { [[1, 2]] }

entry main (xss: [][]i32) : [][]i32 = transpose xss
