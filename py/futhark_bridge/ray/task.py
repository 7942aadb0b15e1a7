"""A task on its way through a crew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from futhark_bridge.errors import FutharkError

from .place import Place
from .tasks import Outcome


class NodeLostError(FutharkError):
    """The process of a task ended, or its node did, and no retry is left."""

    def __init__(self, message: str) -> None:
        super().__init__("worker-exit", message, stderr="")


@dataclass(eq=False)
class Task:
    """A call of a method of an actor, and what to do with its outcome.

    Attributes
    ----------
    retries : int
        How often it is run again after an actor was lost.
    last : Place, optional
        The place whose actor was lost under it: another one is preferred.
    dropped : bool
        Whether nobody waits for its outcome.
    started : bool
        Whether it had started when it was dropped; else the actor will skip it.
    """

    number: int
    method: str
    args: Sequence[Any]
    done: Callable[[Outcome], None]
    retries: int = 0
    last: Place | None = None
    dropped: bool = False
    started: bool = False
