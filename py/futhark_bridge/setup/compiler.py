"""Paths of the compiler and of the cache."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from futhark_bridge.errors import BuildError


def cache_folder() -> Path:
    """Return the cache folder of this package.

    Raises
    ------
    BuildError
        If neither XDG_CACHE_HOME nor the user's home is known.
    """
    # Relative paths are ignored: https://specifications.freedesktop.org/basedir
    base = os.environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():
        return Path(base) / "futhark-bridge"
    # Without a home folder, pathlib would raise RuntimeError.
    home = os.environ.get("HOME", os.path.expanduser("~"))  # noqa: PTH111
    if Path(home).is_absolute():
        return Path(home) / ".cache" / "futhark-bridge"
    raise BuildError(
        "no folder to cache built modules in: there is no home folder; "
        "set XDG_CACHE_HOME"
    )


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
