"""futhark_ffi, as Python users call it: what futhark-bridge is measured against.

Run as a script it is a contestant; pythonia imports it as a module.
"""

from __future__ import annotations

import base64
import importlib.util
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from futhark_ffi import Futhark
from peer import Timed, serve


def load(path: str) -> Any:
    """Load a CFFI module by its file."""
    spec = importlib.util.spec_from_file_location(
        Path(path).name.partition(".")[0], path
    )
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Futhark(module)


class Peer(Timed):
    """The benchmark's program in this process."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.fut = load(path)

    def prepare(self, size: int) -> None:
        """Make an image of ``size`` pixels."""
        side = math.isqrt(size)
        self._image = np.ones((side, side, 4), np.uint8) if side**2 == size else None

    def call(self, count: int) -> None:
        """Call an entry point of scalars."""
        add_one = self.fut.add_one
        for i in range(count):
            add_one(i)

    def chain(self, count: int) -> None:
        """Call an entry point on the result of the previous call."""
        step = self.fut.step
        value = step(self.input)
        for _ in range(1, count):
            value = step(value)
        self.fut.from_futhark(value)

    def array(self, count: int) -> None:
        """Pass an array in, and copy the result out."""
        fut = self.fut
        for _ in range(count):
            fut.from_futhark(fut.scale(2.0, self.input))

    def records(self, count: int) -> None:
        """Copy the columns of an array of records in, and the results out."""
        fut, xs = self.fut, self.input
        for _ in range(count):
            fut.from_futhark(*fut.move_columns(xs, xs, xs))

    def image(self, count: int) -> None:
        """Copy an image in, call, and copy the result out."""
        fut = self.fut
        for _ in range(count):
            fut.from_futhark(fut.invert(self._image))

    def dct(self, count: int) -> None:
        """Transform rows of 8."""
        fut, rows = self.fut, self.input.reshape(-1, 8)
        for _ in range(count):
            fut.from_futhark(fut.dct(rows))

    # For pythonia, one operation each.

    def add_one(self, x: int) -> int:
        """Call an entry point of scalars."""
        result: int = self.fut.add_one(x)
        return result

    def scale_list(self, numbers: list[float]) -> list[float]:
        """Scale a list of numbers."""
        array = np.asarray(numbers, np.float32)
        result: list[float] = self.fut.from_futhark(self.fut.scale(2.0, array)).tolist()
        return result

    def scale_base64(self, text: str) -> str:
        """Scale an array that is passed and returned as text."""
        array = np.frombuffer(base64.b64decode(text), np.float32)
        result = self.fut.from_futhark(self.fut.scale(2.0, array))
        return base64.b64encode(result).decode()


if __name__ == "__main__":
    serve(Peer(sys.argv[1]))
