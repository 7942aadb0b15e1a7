"""A module whose C functions fail on demand: a fake around a real one.

A function that fails is not run: it returns a status, or NULL in place of a pointer,
as Futhark does when it is out of memory. Its outputs are not written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from futhark_bridge.program.options import Options
from futhark_bridge.program.program import Program
from futhark_bridge.setup.locate import locate
from futhark_bridge.values.classes import CLASSES

if TYPE_CHECKING:
    from pathlib import Path

OUT_OF_MEMORY = 3
# These have no way to fail, or report how something else did.
SURE = ("_get_error", "_context_free", "_config_", "_tuning_", "_shape_", "_variant_")


class FaultyLibrary:
    """Stands for ``lib``. ``fails(name)`` decides whether a call fails.

    ``ran(name, args)`` is called when one has run. What it raises comes where the
    handler of a signal raises that came during the call: C has written its results.
    """

    def __init__(self, ffi: Any, lib: Any) -> None:
        self._ffi, self._lib = ffi, lib
        self.fails: Callable[[str], bool] = lambda _: False
        self.ran: Callable[[str, Any], None] = lambda *_: None
        self.status = OUT_OF_MEMORY

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._lib, name)
        if not name.startswith("futhark_") or any(part in name for part in SURE):
            return real
        result = self._ffi.typeof(real).result.kind
        if result == "void":
            return real

        def called(*args: Any) -> Any:
            if "_free_" not in name and self.fails(name):
                return self._ffi.NULL if result == "pointer" else self.status
            given = real(*args)
            self.ran(name, args)
            return given

        called.real = real  # type: ignore[attr-defined]
        return called


class SeeingFfi:
    """Stands for ``ffi``: it accepts the fakes."""

    def __init__(self, ffi: Any) -> None:
        self._ffi = ffi

    def typeof(self, what: Any) -> Any:
        return self._ffi.typeof(getattr(what, "real", what))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ffi, name)


def open_faulty(
    path: Path, backend: str | None = None, **options: Any
) -> tuple[Program, Any]:
    """Open a program with a faulty library.

    With another ``backend`` it is treated as of that one: a device's, say, which the
    tests need not have to see what is asked of it.
    """
    located = locate(str(path), None, Options().backend)
    assert located.manifest is not None
    manifest = located.manifest | ({"backend": backend} if backend else {})
    lib = FaultyLibrary(located.ffi, located.lib)
    faulty = replace(located, ffi=SeeingFfi(located.ffi), lib=lib, manifest=manifest)
    return Program(faulty, Options(**options), CLASSES), lib
