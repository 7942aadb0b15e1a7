"""Copies of modules as if another tool had built them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from futhark_bridge.setup.patches import MARK

if TYPE_CHECKING:
    from pathlib import Path


def copy_unmarked(module: Path, folder: Path) -> Path:
    """Copy a module, without the mark by which it would miss its manifest."""
    content, mark = module.read_bytes(), MARK.encode()
    assert content.count(mark) == 1
    copy = folder / module.name
    copy.write_bytes(content.replace(mark, bytes(len(mark))))
    return copy
