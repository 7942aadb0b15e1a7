"""futhark_bridge in process in Python."""

from __future__ import annotations

import math
import sys

import numpy as np
from peer import Timed, serve

import futhark_bridge


class Peer(Timed):
    """The benchmark's program in this process."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.entry = futhark_bridge.load(path).entry

    def prepare(self, size: int) -> None:
        """Make an image of ``size`` pixels."""
        side = math.isqrt(size)
        self._image = np.ones((side, side, 4), np.uint8) if side**2 == size else None

    def call(self, count: int) -> None:
        """Call an entry point of scalars."""
        add_one = self.entry.add_one
        for i in range(count):
            add_one(i)

    def chain(self, count: int) -> None:
        """Call an entry point on the result of the previous call."""
        step = self.entry.step
        value = step(self.input)
        for _ in range(1, count):
            value = step(value)
        value.to_numpy()

    def array(self, count: int) -> None:
        """Copy an array in, call, and copy the result out."""
        scale = self.entry.scale
        for _ in range(count):
            scale(2.0, self.input).to_numpy()

    def records(self, count: int) -> None:
        """Copy an array of records in and out by its columns."""
        move, xs = self.entry.move, self.input
        for _ in range(count):
            moved = move({"x": xs, "y": xs, "z": xs})
            for field in ("x", "y", "z"):
                moved.project(field).to_numpy()

    def image(self, count: int) -> None:
        """Copy an image in, call, and copy the result out."""
        invert = self.entry.invert
        for _ in range(count):
            invert(self._image).to_numpy()


if __name__ == "__main__":
    serve(Peer(sys.argv[1]))
