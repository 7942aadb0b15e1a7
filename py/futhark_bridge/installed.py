"""Optional packages, used where the user's code has imported them."""

from __future__ import annotations

import sys
from typing import Any


def imported(name: str) -> Any:
    """Return a package that has been imported, or None.

    One that another thread is importing does not have its members yet.
    """
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    return None if getattr(spec, "_initializing", False) else module
