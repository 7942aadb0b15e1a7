"""The process of a contestant in Python: see ``peers/child.ts`` for what it answers."""

from __future__ import annotations

import json
import sys
from time import perf_counter, sleep
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET = 0.005


class Timed:
    """Operations by the names of cases, each of which runs a number of times."""

    def __init__(self) -> None:
        self.input = np.zeros(0, np.float32)

    def time(self, what: str, size: int, count: int, quiet: bool) -> float | None:
        """Return the milliseconds that ``count`` operations take, or None."""
        run: Callable[[int], None] | None = getattr(self, what, None)
        if run is None:
            return None
        if self.input.size != size:
            self.input = np.arange(size, dtype=np.float32)
            self.prepare(size)
        if quiet:
            return sum(self._after_quiet(run) for _ in range(count))
        return _milliseconds(run, count)

    def prepare(self, size: int) -> None:
        """Prepare the data for operations on ``size`` elements, besides the array."""

    @staticmethod
    def _after_quiet(run: Callable[[int], None]) -> float:
        sleep(QUIET)
        return _milliseconds(run, 1)


def _milliseconds(run: Callable[[int], None], count: int) -> float:
    start = perf_counter()
    run(count)
    return (perf_counter() - start) * 1000


def serve(peer: Timed) -> None:
    """Answer requests, one per line, until the end of input."""
    for line in sys.stdin:
        print(json.dumps(peer.time(**json.loads(line))), flush=True)
