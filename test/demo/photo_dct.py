"""Do what photo-dct.ts does, but in this process: pixels on stdin, pixels on stdout.

Usage: photo_dct.py PROGRAM BACKEND HEIGHT WIDTH KEEP
"""

import sys

import numpy as np

import futhark_bridge


def main(program: str, backend: str, height: int, width: int, keep: int) -> None:
    """Transform the photograph, keep the largest coefficients, transform it back."""
    data = np.frombuffer(sys.stdin.buffer.read(), dtype=np.uint8)
    photo = data.reshape(height, width, 3)
    with futhark_bridge.load(program, backend=backend) as module:
        entry = module.entry
        coefficients = entry.dct_blocks(entry.to_blocks(photo))
        kept = entry.keep_largest(keep, coefficients)
        after = entry.to_photo(height, width, entry.idct_blocks(kept))
        sys.stdout.buffer.write(after.to_numpy().tobytes())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
