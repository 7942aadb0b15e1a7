"""The C context of a program: configuration, errors, and all live pointers.

Ownership. The context owns every pointer that C handed out: ``live`` maps it to its
free function, and whoever frees takes it out first, so that nothing is freed twice and
``close`` can free what is left. All C calls happen under ``lock``, because parts of the
C API are not covered by Futhark's own lock. A finaliser may run in any thread, also in
the midst of a long call, and must not wait: when the lock is taken it leaves its
pointer in ``pending``, which the next call empties. After ``close`` a marker stays in
``pending``, so that every later call finds out at no extra cost; so it does in a
process that was forked, where C's threads are missing and to free would wait for them.

Interrupts. Ctrl-C may raise after any call. So wherever a pointer goes from one owner
to the next, no call is in between; see also `call_text`. Only where it comes as a
finaliser starts, Python tells nobody: that value is freed by ``close``.
"""

from __future__ import annotations

import os
from _thread import RLock
from collections import deque
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from futhark_bridge.errors import BuildError, ValueStateError

from .configuration import check_tuning, configure
from .failures import failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from futhark_bridge.bindings.program_info import TuningParam

    from .options import Options
    from .sharing import Atom

GPU_BACKENDS = frozenset({"opencl", "cuda", "hip"})
_CLOSED: tuple[None, tuple[()]] = (None, ())
_FORKED = (
    "the module belongs to the process that opened it, of which this is a fork: load "
    "it here (or start processes by 'spawn')"
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
        self.closed = self._freed = True
        self.forked = False
        tuning = options.tuning_values()
        check_tuning(tuning, {t.name for t in known_tuning}, gpu=self.gpu)
        self.config = lib.futhark_context_config_new()
        if not self.config:
            raise failure(3, "", "open")
        try:
            configure(lib, self.config, backend, options, tuning)
            # No signal is looked for between this call and the assignment.
            [self.ptr] = map(lib.futhark_context_new, (self.config,))
            if not self.ptr:
                raise failure(3, "", "open")
        except BaseException:
            lib.futhark_context_config_free(self.config)
            raise
        self._freed = self.gpu
        text = self.take_error()
        # On a device, to free a context that was not set up crashes.
        self._freed = bool(text) and self.gpu
        if text:
            self.close()
            raise failure(1, text, "open")
        self.closed = False
        _OPEN.add(self)

    def function(self, name: str) -> Any:
        """Return a C function of the module."""
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

    def sync_fresh(self, ptr: Any, where: str) -> None:
        """Do as `sync`; free a pointer that was just made if that fails."""
        try:
            self.sync(where)
        except BaseException:
            self.release(ptr, ())
            raise

    def check_open(self) -> None:
        """Refuse to go on when there is nothing left that C could be asked about."""
        if self.forked:
            raise ValueStateError("wrong-module", _FORKED)
        if self.closed:
            raise ValueStateError("freed", "the module is closed")

    def drain(self) -> None:
        """Free what finalisers and calls left behind; the lock is held."""
        pending, live = self.pending, self.live
        while pending:
            ptr, atoms = pending[0]
            if ptr is None:
                self.check_open()
            # As `release` does, but a call of that could be interrupted.
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
            # Nothing that a signal could interrupt is between these two.
            free = live[ptr]
            del live[ptr]
            free(self.ptr, ptr)
        for atom in atoms:
            atom.live -= 1

    def drop(self, ptr: Any, atoms: tuple[Atom, ...]) -> None:
        """Free a pointer now, or leave it to the next call if one is running."""
        got = False
        try:
            # Not a plain call, after which a signal could come before the assignment.
            [got] = map(self.lock.acquire, (False,))
            if got:
                self.release(ptr, atoms)
            else:
                self.pending.append((ptr, atoms))
        except BaseException:
            # Whoever asked is a finaliser: it is not asked again.
            if ptr in self.live:
                self.pending.append((ptr, atoms))
            raise
        finally:
            if got:
                self.lock.release()

    def close(self) -> None:
        """Free all pointers, then the context. Waits for a running call.

        What an interrupt left undone the next `close` does; and all, where this comes
        from a handler of signals in the midst of a call.
        """
        midst = self.lock._is_owned()  # type: ignore[attr-defined]  # noqa: SLF001
        with self.lock:
            if self._freed:
                return
            self.closed = True
            self.pending.clear()
            self.pending.append(_CLOSED)
            if midst:
                return
            self.lib.futhark_context_sync(self.ptr)
            while self.live:  # finalisers may take entries out meanwhile
                for ptr in list(self.live):
                    self.release(ptr, ())
            self._freed = True
            try:
                self.lib.futhark_context_free(self.ptr)
            finally:
                self.lib.futhark_context_config_free(self.config)

    def leave_to_parent(self) -> None:
        """Give all up in a process that was forked: its threads are not there."""
        # A thread that is not here may be in a call: what C has locked stays so.
        busy = not self.lock.acquire(blocking=False)
        self.lock._at_fork_reinit()  # type: ignore[attr-defined]  # noqa: SLF001
        if (self.sequential and not busy) or self._freed:
            return
        self.forked = self.closed = self._freed = True
        self.live.clear()
        self.pending.clear()
        self.pending.append(_CLOSED)

    def __del__(self) -> None:
        if not self._freed:
            self.close()
