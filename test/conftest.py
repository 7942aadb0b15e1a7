"""What the Python tests share: test programs, built once and kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from search_record import (  # noqa: F401 - pytest finds its hooks here
    pytest_runtest_logreport,
    pytest_sessionfinish,
)

import futhark_bridge
from futhark_bridge.setup.build import build

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAMS = Path(__file__).parent / "programs"


# A device back end is as good: TEST_BACKENDS=opencl runs the tests on one.
BACKENDS = os.environ.get("TEST_BACKENDS", "c,multicore").split(",")


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Run a test once on each back end."""
    return str(request.param)


@pytest.fixture(scope="session")
def programs(backend: str) -> Callable[[str], Path]:
    """Return the path of a built module by the name of its program."""
    return lambda name: build(PROGRAMS / f"{name}.fut", backend)


@pytest.fixture
def types(programs: Callable[[str], Path]) -> Iterator[futhark_bridge.FutharkModule]:
    """Open the program that has an entry for each kind of type."""
    with futhark_bridge.load(programs("types")) as module:
        yield module


@pytest.fixture
def errors(programs: Callable[[str], Path]) -> Iterator[futhark_bridge.FutharkModule]:
    """Open the program whose entries fail."""
    with futhark_bridge.load(programs("errors")) as module:
        yield module
