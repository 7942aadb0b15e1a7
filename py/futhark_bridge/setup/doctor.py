"""Checks what is installed, what is missing, and how to install it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shlex
import shutil
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from futhark_bridge.errors import BuildError
from futhark_bridge.version import VERSION

from .compiler import find_compiler
from .fetch import compiler_release
from .places import cache_folder

_PACKAGES = ("cffi", "futhark-ffi", "numpy", "setuptools")
_C_COMPILER = (
    "needed to build modules: install one (Debian, Ubuntu: apt install gcc libc6-dev; "
    "macOS: xcode-select --install)"
)
_HEADERS = (
    "Python.h, needed to build modules: install it "
    "(Debian, Ubuntu: apt install python3-dev; Fedora: dnf install python3-devel)"
)
_SETUP = "needed for .fut files: run python -m futhark_bridge setup"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    ``state`` is ``missing`` for what every program needs, and ``limited`` for what only
    building programs needs; ``advice`` says how to install it.
    """

    name: str
    state: Literal["ok", "limited", "missing"]
    found: str
    advice: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the JSON form, which is that of the Node package."""
        return asdict(self)


def examine() -> list[Finding]:
    """Check everything that this package uses; change nothing."""
    python = f"{platform.python_version()} ({sys.executable})"
    return [
        Finding("futhark-bridge", "ok", VERSION),
        Finding("Python", "ok", python),
        _headers(),
        _packages(),
        _futhark(),
        _c_compiler(),
        _cache(),
    ]


def find_c_compiler() -> str | None:
    """Return the path of the C compiler: the first word of CC, else the usual names."""
    named = shlex.split(os.environ.get("CC", ""))[:1]
    found = map(shutil.which, named or ("cc", "gcc", "clang"))
    return next(filter(None, found), None)


def _headers() -> Finding:
    include = sysconfig.get_path("include")
    if Path(include, "Python.h").exists():
        return Finding("Python headers", "ok", include)
    return Finding("Python headers", "limited", "", _HEADERS)


def _packages() -> Finding:
    found, absent = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            absent.append(name)
    text = ", ".join(found)
    if absent:
        return Finding("Python packages", "missing", text, f"pip install {absent[0]}")
    return Finding("Python packages", "ok", text)


def _futhark() -> Finding:
    name = "Futhark compiler"
    try:
        path = find_compiler()
    except BuildError as error:
        if os.environ.get("FUTHARK"):
            return Finding(name, "missing", error.message, "correct FUTHARK")
        return Finding(name, "limited", "", _SETUP)
    try:
        return Finding(name, "ok", f"{compiler_release(path)} ({path})")
    except BuildError as error:
        return Finding(name, "missing", error.message, "install another compiler")


def _c_compiler() -> Finding:
    found = find_c_compiler()
    if found is None:
        return Finding("C compiler", "limited", "", _C_COMPILER)
    return Finding("C compiler", "ok", found)


def _cache() -> Finding:
    try:
        return Finding("cache", "ok", str(cache_folder()))
    except BuildError as error:
        return Finding("cache", "limited", "", error.message)
