"""The same work by plain Ray: an actor with our module, results by `ray.get`.

Reads lines ``elements steps count`` and prints the milliseconds that they took.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from time import perf_counter
from typing import Any

import numpy as np
import ray

from futhark_bridge import load

ACTORS, WINDOW = 2, 2


class Plain:
    def __init__(self, program: str) -> None:
        self.module = load(program, backend="c")

    def work(self, xs: Any, steps: int) -> Any:
        with self.module.entry.work(xs, steps) as result:
            return result.to_numpy()


def main(program: str) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    ray.init(
        address=os.environ["RAY_ADDRESS_OF_BENCH"],
        log_to_driver=False,
        configure_logging=False,
    )
    actors = [ray.remote(Plain).remote(program) for _ in range(ACTORS)]
    ray.get([actor.work.remote(np.zeros(1, np.float32), 1) for actor in actors])
    answers.write("ready\n")
    for line in sys.stdin:
        elements, steps, count = map(int, line.split())
        xs = np.ones(elements, np.float32)
        start = perf_counter()
        running: deque[Any] = deque()
        for i in range(count):
            if len(running) == ACTORS * WINDOW:
                first = running.popleft()
                ray.wait([first])
                ray.get(first)
            running.append(actors[i % ACTORS].work.remote(ray.put(xs), steps))
        for ref in running:
            ray.wait([ref])
            ray.get(ref)
        answers.write(f"{(perf_counter() - start) * 1000}\n")
    ray.shutdown()


main(sys.argv[1])
