"""Run the fluid's steps in this process, as viewer.ts runs them in a worker.

Usage: in_process.py PROGRAM BACKEND HEIGHT WIDTH

Reads a JSON list of steps, ``[settings, strokes]`` each, from stdin, and writes the
picture after the last of them, then the stored state, to stdout.
"""

import json
import sys

import numpy as np

import futhark_bridge


def main(program: str, backend: str, height: int, width: int) -> None:
    """Take all steps from the opening on."""
    steps = json.load(sys.stdin)
    with futhark_bridge.load(program, backend=backend) as module:
        state = module.entry.start(height, width)
        for settings, strokes in steps:
            rows = np.array(strokes, np.float32).reshape(-1, 7)
            state = module.entry.step(settings, rows, state)
        sys.stdout.buffer.write(module.entry.draw(state).to_numpy().tobytes())
        sys.stdout.buffer.write(state.store())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5]))
