"""The entry point of ``%load_ext futhark_bridge``."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Add the magic ``%%futhark`` to a notebook: ``%load_ext futhark_bridge``."""
    from .magics import register  # noqa: PLC0415 - IPython is optional

    register(shell)
