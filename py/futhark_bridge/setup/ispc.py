"""The ispc back end: multicore, with the inner loops compiled by ISPC.

https://ispc.github.io
"""

from __future__ import annotations

import os
import shutil

from futhark_bridge.errors import BuildError

_MISSING = (
    "the ispc back end needs the compiler ispc, which is not on PATH: install it "
    "(Debian, Ubuntu: apt install ispc), or use multicore"
)


def compiling(name: str) -> list[str]:
    """Return the command that compiles a program's kernels, for this processor.

    Raises
    ------
    BuildError
        If there is no ispc.
    """
    path = shutil.which("ispc")
    if path is None:
        raise BuildError(_MISSING)
    flags = ["-O3", "--addressing=64", "--pic", "--woff"]
    return [path, *flags, f"{name}.kernels.ispc", "-o", f"{name}.kernels.o"]


def linking(name: str) -> dict[str, str]:
    """Return the environment that links a module with its kernels."""
    flags = f"{os.environ.get('LDFLAGS', '')} {name}.kernels.o -pthread"
    return {"LDFLAGS": flags.strip()}
