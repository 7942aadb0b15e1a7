"""Optional packages that another thread is importing."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

import futhark_bridge

PROGRAM = Path(__file__).parents[1] / "programs/errors.fut"


def test_a_package_that_is_not_imported_completely_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with futhark_bridge.load(PROGRAM, backend="c") as module:
        # As numpy is seen while another thread imports it.
        partial = ModuleType("numpy")
        partial.__spec__ = ModuleSpec("numpy", None)
        setattr(partial.__spec__, "_initializing", True)  # noqa: B010 - mypy knows no such member
        monkeypatch.setitem(sys.modules, "numpy", partial)
        assert module.entry.dot([1, 2], [3, 4]) == 11
