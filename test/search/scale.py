"""How far a search goes: the tests in this folder look for faults with random input.

``npm test`` runs their short form, ``npm run test:slow`` the long one.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

SLOW = os.environ.get("TEST_SLOW") == "1"
_SEED = int(os.environ.get("TEST_SEED", random.randrange(2**31)))

# By the file of the search.
all_steps: dict[str, set[int]] = {}


def steps(short: int, long: int) -> int:
    """Return the number of steps of a search for this run."""
    chosen = long if SLOW else short
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    all_steps.setdefault(Path(test.partition("::")[0]).name, set()).add(chosen)
    return chosen


def seed() -> int:
    """Return ``TEST_SEED``, or a new seed each time. A search prints it."""
    return _SEED
