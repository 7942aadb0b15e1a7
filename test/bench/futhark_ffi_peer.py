"""futhark_ffi, as Python users call it: what futhark-bridge is measured against.

Run as a script it reads one request per line, ``{"what", "size", "count"}``, does that
``count`` times and prints the milliseconds. pythonia imports it as a module.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from futhark_ffi import Futhark


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


class Peer:
    """The benchmark's program in this process."""

    def __init__(self, path: str) -> None:
        self.fut = load(path)
        self._input = np.zeros(0, np.float32)

    def time(self, what: str, size: int, count: int) -> float:
        """Return the milliseconds that ``count`` operations take."""
        run = getattr(self, what)
        if self._input.size != size:
            self._input = np.arange(size, dtype=np.float32)
        start = perf_counter()
        run(count)
        return (perf_counter() - start) * 1000

    def call(self, count: int) -> None:
        """Call an entry point of scalars."""
        add_one = self.fut.add_one
        for i in range(count):
            add_one(i)

    def chain(self, count: int) -> None:
        """Call an entry point on the value that the last call gave."""
        step = self.fut.step
        value = step(self._input)
        for _ in range(1, count):
            value = step(value)
        self.fut.from_futhark(value)

    def array(self, count: int) -> None:
        """Pass an array in, and copy the result out."""
        fut = self.fut
        for _ in range(count):
            fut.from_futhark(fut.scale(2.0, self._input))

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
        """Scale an array that comes and goes as text."""
        array = np.frombuffer(base64.b64decode(text), np.float32)
        result = self.fut.from_futhark(self.fut.scale(2.0, array))
        return base64.b64encode(result).decode()


def main() -> None:
    """Answer requests until the end of the input."""
    peer = Peer(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        print(peer.time(**request), flush=True)


if __name__ == "__main__":
    main()
