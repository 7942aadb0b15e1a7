"""Hooks of pytest: write what each search did to the file that TEST_RECORD names."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import pytest

_seconds: defaultdict[str, float] = defaultdict(float)
_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what the parts of a search took."""
    path = Path(report.nodeid.partition("::")[0])
    if path.parent.name != "search":
        return
    _seconds[path.name] += report.duration
    if report.failed:
        _failed.add(path.name)


def pytest_sessionfinish() -> None:
    """Write a line for each search."""
    record = os.environ.get("TEST_RECORD")
    scale = sys.modules.get("scale")
    if record is None or scale is None:
        return
    with Path(record).open("a") as file:
        for name, seconds in _seconds.items():
            line = {
                "search": name,
                "on": "Python",
                "steps": sorted(scale.all_steps.get(name, ())),
                "seed": scale.seed(),
                "seconds": seconds,
                "failed": name in _failed,
            }
            file.write(json.dumps(line) + "\n")
