"""The end of a context: what `close` frees, and what it leaves to views.

A closed context's ``pending`` has a marker first, and then views that were dropped
while another thread held the lock. Whoever finds the lock taken leaves its view to the
holder, which looks again after it has released the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from .view_tokens import ViewToken

if TYPE_CHECKING:
    from _thread import RLock
    from collections import deque

    from .aliasing import Atoms

CLOSED: tuple[None, tuple[()]] = (None, ())
"""The marker."""


class Closable(Protocol):
    """What is used of a `Context`."""

    closed: bool
    freed: bool
    lib: Any
    live: dict[Any, Any]
    lock: RLock
    pending: deque[tuple[Any, Atoms]]
    ptr: Any

    def drop(self, ptr: Any, atoms: Atoms) -> None:
        """Free a pointer now, or add it to ``pending``."""

    def free(self) -> None:
        """Free the context itself."""

    def release(self, ptr: Any, atoms: Atoms) -> None:
        """Free a pointer if it is still live."""


def close(context: Closable) -> None:
    """Close a context; see ``close`` of `Context`."""
    midst = _is_midst(context)
    with context.lock:
        if context.freed:
            return
        context.closed = True
        pending, live = context.pending, context.live
        views = [each for each in pending if isinstance(each[0], ViewToken)]
        pending.clear()
        pending.append(CLOSED)
        pending.extend(views)
        if midst:
            return
        context.lib.futhark_context_sync(context.ptr)
        # Finalizers may remove entries meanwhile.
        while owned := [ptr for ptr in live if not isinstance(ptr, ViewToken)]:
            for ptr in owned:
                context.release(ptr, ())
        _free_unless_viewed(context)
    _complete(context)


def drop_view(context: Closable, token: ViewToken, atoms: Atoms) -> None:
    """End a view, as `Context.drop` does; the last one of a closed context frees it."""
    context.drop(token, atoms)
    _complete(context)


def _complete(context: Closable) -> None:
    """Free a closed context if its last view has ended; never blocks."""
    lock = context.lock
    while context.closed and not context.freed and not _is_midst(context):
        if not lock.acquire(blocking=False):
            return
        try:
            _free_unless_viewed(context)
        finally:
            lock.release()
        if len(context.pending) <= 1:
            return


def _free_unless_viewed(context: Closable) -> None:
    pending = context.pending
    while len(pending) > 1:
        token, atoms = pending.pop()
        context.release(token, atoms)
    if not context.live and not context.freed:
        context.free()


def _is_midst(context: Closable) -> bool:
    """Return whether this thread holds the lock: it is amid a call."""
    held: bool = context.lock._is_owned()  # type: ignore[attr-defined]  # noqa: SLF001
    return held
