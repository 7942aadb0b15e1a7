"""One place of a crew: an actor, or the wait for the next one.

An actor is lost when Ray says so, or when it leaves a ping unanswered for too long, as
on a node that is frozen. Ray restarts it; if it cannot, another one takes its place. It
is ready again once it has loaded the program.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from futhark_bridge.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .events import Events

_AGAIN_SECONDS = 0.5
# For a program that could be loaded before, as on a node that is being set up.
_REST_SECONDS = 5.0
_PINGS_PER_LIMIT = 3


class Watcher(Protocol):
    """Who is told of what happens to an actor."""

    def ready(self, place: Place) -> None:
        """Give it tasks."""

    def failed(self, place: Place) -> None:
        """Note that it cannot load the program; ``place.failure`` says why."""

    def lost(self, place: Place, why: str) -> None:
        """Take its tasks back."""


class Place:
    """One actor at a time.

    Attributes
    ----------
    up : bool
        Whether it takes tasks.
    failure : dict, optional
        Why the program cannot be loaded, as JSON.
    facts : dict
        What the last actor that was ready said of itself.
    life : int
        Counts actors and restarts, so that what an earlier one answers is not mixed up.
    """

    def __init__(
        self,
        ray: Any,
        events: Events,
        watcher: Watcher,
        make_actor: Callable[[], Any],
        lost_after: float,
    ) -> None:
        self._ray = ray
        self._events = events
        self._watcher = watcher
        self._make_actor = make_actor
        self._lost_after = lost_after
        self._actor: Any = None
        self.life = 0
        self.up = False
        self.failure: dict[str, Any] | None = None
        self.facts: dict[str, Any] = {}
        # The process that was ended: it may answer once more before it does.
        self._ended: str | None = None
        self._pinged: float | None = None

    @property
    def name(self) -> str:
        """The node and the process, for messages."""
        return f"{self.facts.get('node')}, process {self.facts.get('pid')}"

    def start(self) -> None:
        """Make an actor."""
        self._actor = self._make_actor()
        self._greet()

    def call(
        self, method: str, args: Any, then: Callable[[Any], None] | None = None
    ) -> None:
        """Call a method; ``then`` gets its future unless the actor is lost before."""
        ref = getattr(self._actor, method).remote(*args)
        if then is not None:
            life, told = self.life, then
            self._events.watch(
                ref, lambda future: told(future) if life == self.life else None
            )

    def restart(self) -> None:
        """End the actor with the task that it runs."""
        self._ended = self.facts["process"]
        self.end(restart=True)
        self._greet()

    def replace(self) -> None:
        """Give the actor up, and make another one."""
        self.end()
        self.start()

    def end(self, *, restart: bool = False) -> None:
        """End the actor."""
        with suppress(Exception):  # it has ended, or its cluster has
            self._ray.kill(self._actor, no_restart=not restart)

    def recover(self) -> None:
        """Wait until Ray has restarted an actor that was lost."""
        self._greet()

    def why_lost(self, error: BaseException) -> str | None:
        """Return why an error of a call means that the actor is lost, or None."""
        of = self._ray.exceptions
        if isinstance(error, (of.RayActorError, of.ObjectLostError, of.NodeDiedError)):
            return str(error).strip().splitlines()[0]
        return None

    # The start of a life

    def _greet(self) -> None:
        self.life += 1
        self.up, self._pinged = False, None
        self.call("hello", (), self._answered)

    def _answered(self, future: Any) -> None:
        error = future.exception()
        if error is None:
            ok, facts = future.result()
            if ok and facts["process"] == self._ended:
                self._again(_AGAIN_SECONDS, self._greet)
            elif ok:
                self.facts, self.up, self.failure = facts, True, None
                self._watch_over()
                self._watcher.ready(self)
            else:
                self._fail(facts)
        elif isinstance(error, self._ray.exceptions.ActorUnavailableError):
            self._again(_AGAIN_SECONDS, self._greet)
        elif getattr(error, "actor_init_failed", False):
            self._fail(BuildError(f"an actor cannot start: {_last(error)}").to_wire())
        elif self.why_lost(error) is not None:
            # Ray has given this one up.
            self._again(_AGAIN_SECONDS, self.start)
        else:
            self._fail(BuildError(f"Ray: {error}").to_wire())

    def _fail(self, failure: dict[str, Any]) -> None:
        self.failure = failure
        if self.facts:
            self._again(_REST_SECONDS, self.replace)
        self._watcher.failed(self)

    def _again(self, seconds: float, start: Callable[[], None]) -> None:
        life = self.life
        self._events.later(seconds, lambda: start() if life == self.life else None)

    # Pings

    def _watch_over(self) -> None:
        life = self.life
        step = self._lost_after / _PINGS_PER_LIMIT

        def look() -> None:
            if life != self.life:
                return
            now = monotonic()
            if self._pinged is None:
                self._pinged = now
                self.call("ping", (), self._pong)
            elif now - self._pinged >= self._lost_after:
                why = f"it has not answered for {self._lost_after:g} s"
                self._watcher.lost(self, why)
                self.replace()
                return
            self._events.later(step, look)

        self._events.later(step, look)

    def _pong(self, future: Any) -> None:
        error = future.exception()
        if error is None:
            self._pinged = None
            return
        why = self.why_lost(error)
        if why is not None:
            self._watcher.lost(self, why)
            self.recover()


def _last(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).strip().splitlines()]
    return lines[-1] if lines else type(error).__name__
