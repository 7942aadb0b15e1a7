"""Where this package keeps what it builds and fetches."""

from __future__ import annotations

import os
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
