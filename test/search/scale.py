"""How far a search goes: the tests in this folder look for faults with random input.

``npm test`` runs their short form, ``npm run test:slow`` the long one.
"""

from __future__ import annotations

import os
import random

SLOW = os.environ.get("TEST_SLOW") == "1"


def steps(short: int, long: int) -> int:
    """Return the number of steps of a search for this run."""
    return long if SLOW else short


def seed() -> int:
    """Return ``TEST_SEED``, or a new seed each time. A search prints it."""
    return int(os.environ.get("TEST_SEED", random.randrange(2**31)))
