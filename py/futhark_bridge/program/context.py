"""The C context of a program: configuration, errors, and all live pointers.

Ownership. The context owns every pointer that C returned: ``live`` maps it to its free
function. A pointer is removed from ``live`` before it is freed, so it is never freed
twice, and ``close`` frees the rest. All C calls are made under ``lock``, because
Futhark's own lock does not cover all of the C API. A finalizer may run in any thread,
even during a long call, and must not block: if the lock is taken, it appends its
pointer to ``pending``, which the next call drains. ``close`` leaves a marker in
``pending``, so that later calls detect it at no extra cost. So does a fork, where C's
threads are missing and freeing would wait for them.

Interrupts. Ctrl-C may raise after any call. So no call is made while a pointer passes
from one owner to the next; generated calls follow the same rule. If Ctrl-C is raised as
a finalizer starts, Python discards the exception: ``close`` frees that value.
"""

from __future__ import annotations

import os
from _thread import RLock
from collections import deque
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from futhark_bridge.errors import BuildError, ValueStateError

from .closing import CLOSED, close
from .configuration import check_tuning, configure
from .failures import failure
from .late_failures import end_suspects, is_late

if TYPE_CHECKING:
    from collections.abc import Callable

    from futhark_bridge.bindings.program_info import TuningParam
    from futhark_bridge.errors import FutharkError

    from .aliasing import Atom
    from .options import Options

GPU_BACKENDS = frozenset({"opencl", "cuda", "hip"})
_PROGRAM_ERROR = 2
_FORKED = (
    "the module belongs to the parent of this forked process: load it in this process, "
    "or start processes with 'spawn'"
)
_OPEN: WeakSet[Context] = WeakSet()


def _after_fork() -> None:
    for context in list(_OPEN):
        context.leave_to_parent()


os.register_at_fork(after_in_child=_after_fork)


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
        self.sequential = backend == "c"
        self.lock = RLock()
        self.live: dict[Any, Callable[[Any, Any], int]] = {}
        self.pending: deque[tuple[Any, tuple[Atom, ...]]] = deque()
        self.unsynced: WeakSet[Any] = WeakSet()
        # C's text of a failure whose suspects have not been ended.
        self.untold: Any = None
        self.closed = self.freed = True
        self.forked = False
        tuning = options.tuning_values()
        check_tuning(tuning, {t.name for t in known_tuning}, gpu=self.gpu)
        self.config = lib.futhark_context_config_new()
        if not self.config:
            raise failure(3, "", "open")
        try:
            configure(lib, self.config, backend, options, tuning)
            # No signal is handled between this call and the assignment.
            [self.ptr] = map(lib.futhark_context_new, (self.config,))
            if not self.ptr:
                raise failure(3, "", "open")
        except BaseException:
            lib.futhark_context_config_free(self.config)
            raise
        self.freed = self.gpu
        text = self.take_error()
        # Freeing a GPU context whose initialization failed would crash.
        self.freed = bool(text) and self.gpu
        if text:
            self.close()
            raise failure(1, text, "open")
        self.closed = False
        _OPEN.add(self)

    def function(self, name: str) -> Any:
        """Return a C function of the module."""
        found = getattr(self.lib, name, None)
        if found is None:
            raise BuildError(f"the module has no {name}: the manifest does not match")
        return found

    def take_error(self) -> str:
        """Return and clear the context's error text; empty if there is none.

        Must follow every failure: the context keeps the first text until it is taken,
        and would report it for the next failure.
        """
        text = self.error_text()
        self.forget_error()
        return text

    def error_text(self) -> str:
        """Return the context's error text, and keep it until `forget_error`.

        Otherwise Ctrl-C after a call that failed could discard a device's failure.
        """
        if not self.untold:
            # No signal is handled between this call and the assignment.
            [self.untold] = map(self.lib.futhark_context_get_error, (self.ptr,))
        if not self.untold:
            return ""
        text: bytes = self.ffi.string(self.untold)
        return text.decode("utf-8", "replace")

    def forget_error(self) -> None:
        """Free the text that `error_text` returned."""
        text, self.untold = self.untold, None
        if text:
            self.lib.free(text)

    def take_text(self, text: Any) -> str:
        """Copy and free a C string that the caller owns."""
        try:
            data: bytes = self.ffi.string(text)
        finally:
            self.lib.free(text)
        return data.decode("utf-8", "replace")

    def check(self, status: int, where: str) -> None:
        """Raise the error of a failed call; the lock is held."""
        if status:
            raise self.failed(failure(status, self.error_text(), where))

    def sync(self, where: str) -> None:
        """Wait for the device, and raise errors that occurred there."""
        self.check(self.sync_status(self.ptr), where)

    def sync_status(self, ptr: Any) -> int:
        """Wait for the device, and return C's status; the lock is held."""
        status: int = self.lib.futhark_context_sync(ptr)
        if not status and self.gpu:
            # Ctrl-C between C and its error leaves the text of a failure here.
            if (text := self.error_text()) and is_late(failure(0, text, "")):
                return _PROGRAM_ERROR
            self.forget_error()
            self.unsynced.clear()
        return status

    def failed(self, error: FutharkError) -> FutharkError:
        """End the values that the device may have left undefined; return the error."""
        if self.unsynced:
            end_suspects(self.unsynced, self.pending, error)
        self.forget_error()
        return error

    def sync_fresh(self, ptr: Any, where: str) -> None:
        """Call `sync`; if it fails, free a pointer that was just created."""
        try:
            self.sync(where)
        except BaseException:
            self.release(ptr, ())
            raise

    def check_open(self) -> None:
        """Raise `ValueStateError` if the context is closed or left to the parent."""
        if self.forked:
            raise ValueStateError("wrong-module", _FORKED)
        if self.closed:
            raise ValueStateError("freed", "the module is closed")

    def drain(self) -> None:
        """Free what finalizers and calls left in ``pending``; the lock is held."""
        pending, live = self.pending, self.live
        while pending:
            ptr, atoms = pending[0]
            if ptr is None:
                self.check_open()
            # Inlined `release`: a signal could be handled at the start of a call.
            del pending[0]
            if ptr in live:
                free = live[ptr]
                del live[ptr]
                free(self.ptr, ptr)
            for atom in atoms:
                atom.live -= 1

    def release(self, ptr: Any, atoms: tuple[Atom, ...]) -> None:
        """Free a pointer if it is still live; the lock is held."""
        live = self.live
        if ptr in live:
            # No signal is handled between these two statements.
            free = live[ptr]
            del live[ptr]
            free(self.ptr, ptr)
        for atom in atoms:
            atom.live -= 1

    def drop(self, ptr: Any, atoms: tuple[Atom, ...]) -> None:
        """Free a pointer now, or add it to ``pending`` if a call is running."""
        got = False
        try:
            # A signal could be handled between a plain call and the assignment.
            [got] = map(self.lock.acquire, (False,))
            if got:
                self.release(ptr, atoms)
            else:
                self.pending.append((ptr, atoms))
        except BaseException:
            # The caller is a finalizer, which runs only once.
            if ptr in self.live:
                self.pending.append((ptr, atoms))
            raise
        finally:
            if got:
                self.lock.release()

    def close(self) -> None:
        """Wait for a running call, then free all pointers and the context.

        The next `close` completes an interrupted one. In a signal handler during a
        call, `close` only marks the context as closed, and the next one frees it.
        Arrays that are viewed, and the context, are left to their last view.
        """
        close(self)

    def free(self) -> None:
        """Free the context, which has no values left; the lock is held."""
        self.freed = True
        try:
            self.lib.futhark_context_free(self.ptr)
        finally:
            self.lib.futhark_context_config_free(self.config)

    def leave_to_parent(self) -> None:
        """Abandon all pointers in a forked child, which lacks C's threads."""
        # A thread of the parent may be in a call: then C's locks stay locked here.
        busy = not self.lock.acquire(blocking=False)
        self.lock._at_fork_reinit()  # type: ignore[attr-defined]  # noqa: SLF001
        if (self.sequential and not busy) or self.freed:
            return
        self.forked = self.closed = self.freed = True
        self.live.clear()
        self.pending.clear()
        self.pending.append(CLOSED)

    def __del__(self) -> None:
        if not self.freed:
            self.close()
