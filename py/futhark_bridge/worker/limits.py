"""What bounds a request: how long it may take, and how long its reply may be."""

from __future__ import annotations

from signal import ITIMER_REAL, setitimer

from futhark_bridge.errors import ArgumentError


def check_length(size: int, limit: int) -> None:
    """Refuse a result that is longer than the client takes."""
    if size > limit:
        raise ArgumentError(
            f"a result of {size} bytes is longer than the limit of {limit} "
            "(option maxMessageBytes)"
        )


def start_limit(milliseconds: int, *, own: bool) -> None:
    """Have the system end this process by SIGALRM: nothing in it could stop a C call.

    Parameters
    ----------
    milliseconds : int
        Time until then; another call takes its place.
    own : bool
        Whether the process is the client's own.
    """
    if not own:
        raise ArgumentError(
            "a call in a process that others use cannot be limited: that would end "
            "the process"
        )
    setitimer(ITIMER_REAL, max(milliseconds, 1) / 1000)


def stop_limit() -> None:
    """Take the limit back: the request is done."""
    setitimer(ITIMER_REAL, 0)
