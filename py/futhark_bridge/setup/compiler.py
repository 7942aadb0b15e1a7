"""Finds the Futhark compiler."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from futhark_bridge.errors import BuildError

from .places import cache_folder


def find_compiler() -> Path:
    """Find the Futhark compiler: ``$FUTHARK``, on PATH, or installed by `setup`.

    Raises
    ------
    BuildError
        If it is not found.
    """
    if named := os.environ.get("FUTHARK"):
        found = shutil.which(named)
        if found is None:
            raise BuildError(f"FUTHARK is not a program: {named}")
        return Path(found)
    if found := shutil.which("futhark"):
        return Path(found)
    installed = cache_folder() / "bin" / "futhark"
    if installed.is_file():
        return installed
    raise BuildError(
        "no Futhark compiler: not in FUTHARK, not on PATH, and not installed by "
        "`futhark-bridge setup` or `python -m futhark_bridge setup`"
    )
