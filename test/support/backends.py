"""All back ends that are tested, and what OpenCL needs to run right."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest


def no_opencl() -> str | None:
    """Return why the tests of the OpenCL back end cannot run here."""
    if reason := os.environ.get("FUTHARK_BRIDGE_NO_OPENCL"):
        return reason
    # The program would end the process when it finds no device.
    folder = Path(os.environ.get("OCL_ICD_VENDORS", "/etc/OpenCL/vendors"))
    if folder.is_dir() and any(folder.iterdir()):
        return None
    return "no OpenCL runtime: npm test sets one up"


def _param(backend: str) -> Any:
    reason = no_opencl() if backend == "opencl" else None
    skip = pytest.mark.skipif(reason is not None, reason=str(reason))
    return pytest.param(backend, marks=skip)


BACKENDS = [_param(backend) for backend in ("c", "multicore", "opencl")]


def options(backend: str) -> dict[str, Any]:
    """Return the options to open a test program with.

    PoCL 3.1 runs reductions of 0.25.32 wrong from the second on, in plain C too, unless
    no thread has to wait for another.
    """
    if backend == "opencl":
        return {"tuning": {"default_thread_block_size": 1}}
    return {"num_threads": 2} if backend == "multicore" else {}
