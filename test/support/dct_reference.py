"""The demo's computation without Futhark: float64 and scipy's DCT.

Usage: dct_reference.py HEIGHT WIDTH KEEP, pixels on stdin; prints the PSNR in dB.
"""

import sys

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]


def to_blocks(photo: Pixels) -> Floats:
    """Cut a photo (h, w, 3) into centred blocks (3, h/8, w/8, 8, 8), edges repeated."""
    height, width, _ = photo.shape
    padded = np.pad(photo, ((0, -height % 8), (0, -width % 8), (0, 0)), mode="edge")
    rows, columns = padded.shape[0] // 8, padded.shape[1] // 8
    blocks = padded.reshape(rows, 8, columns, 8, 3).transpose(4, 0, 2, 1, 3)
    return blocks.astype(np.float64) - 128


def to_photo(height: int, width: int, blocks: Floats) -> Pixels:
    """Undo `to_blocks`: round, clamp to 0 to 255, cut the padding off."""
    _, rows, columns, _, _ = blocks.shape
    padded = blocks.transpose(1, 3, 2, 4, 0).reshape(8 * rows, 8 * columns, 3)
    whole = np.clip(np.rint(padded[:height, :width] + 128), 0, 255)
    return whole.astype(np.uint8)


def keep_largest(keep: int, blocks: Floats) -> Floats:
    """Zero all but the `keep` largest of each block; of equal ones keep the first."""
    flat = blocks.reshape(-1, 64)
    dropped = np.argsort(-np.abs(flat), axis=1, kind="stable")[:, keep:]
    result = flat.copy()
    np.put_along_axis(result, dropped, 0, axis=1)
    return result.reshape(blocks.shape)


def forward(blocks: Floats) -> Floats:
    """Transform each block, orthonormally."""
    return np.asarray(dctn(blocks, axes=(-2, -1), norm="ortho"))


def inverse(coefficients: Floats) -> Floats:
    """Transform each block back."""
    return np.asarray(idctn(coefficients, axes=(-2, -1), norm="ortho"))


def psnr(a: Pixels, b: Pixels) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = a.astype(np.float64) - b.astype(np.float64)
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def main(height: int, width: int, keep: int) -> None:
    """Print the PSNR of the photograph on stdin after its way there and back."""
    data = np.frombuffer(sys.stdin.buffer.read(), dtype=np.uint8)
    photo = data.reshape(height, width, 3)
    after = inverse(keep_largest(keep, forward(to_blocks(photo))))
    print(psnr(photo, to_photo(height, width, after)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
