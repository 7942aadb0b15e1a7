"""Failures that a device reports after the call that failed has returned.

A GPU reports the failure of a call once, at the next synchronization, and does not say
which call it was. So a context holds the values that calls made, or wrote to, since the
last synchronization that succeeded. A failure ends them all, as any may be undefined.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError, FutharkError, OutOfMemoryError

if TYPE_CHECKING:
    from collections import deque
    from weakref import WeakSet

    from .aliasing import Atom


def is_late(error: FutharkError) -> bool:
    """Return whether an error may concern an earlier call than that which reports it.

    Any call may wait for the device, and so report the failure of an earlier one; but a
    device does not check arguments, nor does it allocate.
    """
    return not isinstance(error, ArgumentError | OutOfMemoryError)


def end_suspects(
    suspects: WeakSet[Any],
    pending: deque[tuple[Any, tuple[Atom, ...]]],
    error: FutharkError,
) -> None:
    """Invalidate the suspects unless the error certainly concerns a single call.

    The lock is held.
    """
    if not is_late(error):
        return
    # The values keep a copy, which has no traceback and so holds no frames.
    cause = copy(error)
    for value in list(suspects):
        if value.owner is not None:
            # A caller may still use the pointer, so it is freed later.
            pending.append((value.ptr, value.end(cause)))
    suspects.clear()


def earlier_failure(error: FutharkError, what: str) -> FutharkError:
    """Return the error for using a value that a failed call may have left undefined."""
    again = copy(error)
    again.message = (
        f"{what} is lost, as it comes from a call that failed on the device, or from "
        f"another since the last synchronization: {error.message}"
    )
    again.args = (again.message,)
    return again
