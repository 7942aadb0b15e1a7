"""Decompose a series with hastl's own class: float32 on stdin and on stdout.

Usage: stl_co2.py BACKEND PERIOD SEASONAL_WINDOW
"""

import sys

import numpy as np
from hastl import STL


def main(backend: str, period: int, seasonal_window: int) -> None:
    """Print season, trend and remainder, one after the other."""
    series = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float32)
    parts = STL(backend=backend).fit(series[np.newaxis], period, seasonal_window)
    for part in parts:
        sys.stdout.buffer.write(np.asarray(part, dtype=np.float32).tobytes())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
