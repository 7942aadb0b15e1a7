"""The C context of a program: configuration, errors, and all live pointers.

Ownership. The context owns every pointer that C handed out: ``live`` maps it to its
free function, and whoever frees takes it out first, so that nothing is freed twice and
``close`` can free what is left. All C calls happen under ``lock``, because parts of the
C API are not covered by Futhark's own lock. A finaliser may run in any thread, also in
the midst of a long call, and must not wait: when the lock is taken it leaves its
pointer in ``pending``, which the next call empties. After ``close`` a marker stays in
``pending``, so that every later call finds out at no extra cost.
"""

from __future__ import annotations

import os
from _thread import RLock
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._failures import failure
from ._info import TuningParam
from .errors import ArgumentError, BuildError, FutharkError, ValueStateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._aliases import Atom
    from ._options import Options

GPU_BACKENDS = frozenset({"opencl", "cuda", "hip"})
# Names that set_tuning_param of the GPU back ends takes besides the program's own.
_GPU_DEFAULTS = frozenset(
    f"default_{what}"
    for what in (
        "thread_block_size",
        "group_size",
        "grid_size",
        "num_groups",
        "threshold",
        "tile_size",
        "reg_tile_size",
        "registers",
        "cache",
        "shared_memory",
    )
)
_CLOSED: tuple[None, tuple[()]] = (None, ())


def tuning_params(ffi: Any, lib: Any) -> tuple[TuningParam, ...]:
    """List the tuning parameters that a module was compiled with."""
    return tuple(
        TuningParam(
            ffi.string(lib.futhark_get_tuning_param_name(i)).decode(),
            ffi.string(lib.futhark_get_tuning_param_class(i)).decode(),
        )
        for i in range(lib.futhark_get_tuning_param_count())
    )


class Context:
    """A Futhark context with its configuration."""

    def __init__(
        self,
        ffi: Any,
        lib: Any,
        backend: str,
        known_tuning: tuple[TuningParam, ...],
        options: Options,
    ) -> None:
        self.ffi = ffi
        self.lib = lib
        self.gpu = backend in GPU_BACKENDS
        self.lock = RLock()
        self.live: dict[Any, Callable[[Any, Any], int]] = {}
        self.pending: deque[tuple[Any, tuple[Atom, ...]]] = deque()
        self.closed = True
        tuning = options.tuning_values()
        self._check_tuning(tuning, {t.name for t in known_tuning})
        self.config = lib.futhark_context_config_new()
        if not self.config:
            raise failure(3, "", "open")
        try:
            self._configure(options, tuning, backend)
            self.ptr = lib.futhark_context_new(self.config)
            if not self.ptr:
                raise failure(3, "", "open")
        except FutharkError:
            lib.futhark_context_config_free(self.config)
            raise
        text = self.take_error()
        # On a device, to free a context that was not set up crashes.
        self.closed = bool(text) and self.gpu
        if text:
            self.close()
            raise failure(1, text, "open")

    def _check_tuning(self, values: dict[str, int], known: set[str]) -> None:
        for name in values:
            if name not in known and not (self.gpu and name in _GPU_DEFAULTS):
                names = ", ".join(sorted(known)) or "none"
                raise ArgumentError(
                    f"tuning: this program has no parameter {name}; it has {names}"
                )

    def _configure(
        self, options: Options, tuning: dict[str, int], backend: str
    ) -> None:
        config, lib = self.config, self.lib
        prefix = "futhark_context_config_set_"
        for flag in ("debugging", "profiling", "logging"):
            if getattr(options, flag):
                getattr(lib, prefix + flag)(config, 1)
        for key in ("device", "platform"):
            value = getattr(options, key)
            if value is None:
                continue
            setter = getattr(lib, prefix + key, None)
            if setter is None:
                raise ArgumentError(f"{key}: the {backend} back end has no {key}s")
            setter(config, str(value).encode())
        if options.num_threads is not None:
            count = _thread_count(options.num_threads)
            # Back ends without the setting use what threads they use.
            if set_threads := getattr(lib, prefix + "num_threads", None):
                set_threads(config, count)
        if options.cache_file is not None:
            path = Path(options.cwd or "", options.cache_file)
            getattr(lib, prefix + "cache_file")(config, os.fsencode(path))
        for name, number in tuning.items():
            if getattr(lib, prefix + "tuning_param")(config, name.encode(), number):
                raise ArgumentError(f"tuning: {name} = {number} was refused")

    def function(self, name: str) -> Any:
        """Give a C function of the module."""
        found = getattr(self.lib, name, None)
        if found is None:
            raise BuildError(f"the module has no {name}: its manifest is of another")
        return found

    def take_error(self) -> str:
        """Take the error text out of the context; empty when there is none.

        Must follow every failure: only the first text that nobody took is kept, and
        the next failure would be told with it.
        """
        text = self.lib.futhark_context_get_error(self.ptr)
        return self.take_text(text) if text else ""

    def take_text(self, text: Any) -> str:
        """Copy and free a C string that we own."""
        try:
            data: bytes = self.ffi.string(text)
        finally:
            self.lib.free(text)
        return data.decode("utf-8", "replace")

    def check(self, status: int, where: str) -> None:
        """Raise the error of a failed call, under the lock."""
        if status:
            raise failure(status, self.take_error(), where)

    def sync(self, where: str) -> None:
        """Wait for the device, and raise what failed there late."""
        self.check(self.lib.futhark_context_sync(self.ptr), where)

    def check_open(self) -> None:
        """Refuse to go on when there is nothing left that C could be asked about."""
        if self.closed:
            raise ValueStateError("freed", "the module is closed")

    def drain(self) -> None:
        """Free what finalisers left behind; the lock is held."""
        while self.pending:
            if self.pending[0] is _CLOSED:
                self.check_open()
            self.release(*self.pending.popleft())

    def release(self, ptr: Any, atoms: tuple[Atom, ...]) -> None:
        """Free a pointer if it is still live; the lock is held."""
        free = self.live.pop(ptr, None)
        if free is not None:
            free(self.ptr, ptr)
        for atom in atoms:
            atom.live -= 1

    def drop(self, ptr: Any, atoms: tuple[Atom, ...]) -> None:
        """Free a pointer now, or leave it to the next call if one is running."""
        if self.lock.acquire(blocking=False):
            try:
                self.release(ptr, atoms)
            finally:
                self.lock.release()
        else:
            self.pending.append((ptr, atoms))

    def close(self) -> None:
        """Free all pointers, then the context. Waits for a running call."""
        with self.lock:
            if self.closed:
                return
            self.closed = True
            self.pending.clear()
            self.pending.append(_CLOSED)
            self.lib.futhark_context_sync(self.ptr)
            while self.live:  # finalisers may take entries out meanwhile
                ptr, free = self.live.popitem()
                free(self.ptr, ptr)
            self.lib.futhark_context_free(self.ptr)
            self.lib.futhark_context_config_free(self.config)

    def __del__(self) -> None:
        if not getattr(self, "closed", True):
            self.close()


def _thread_count(value: object) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole and 1 <= value < 2**31):  # type: ignore[operator]
        raise ArgumentError(f"num_threads: expected a whole number from 1: {value!r}")
    return value  # type: ignore[return-value]
