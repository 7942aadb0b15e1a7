"""The actors of a pool: which task goes to which, and what happens when one is lost.

Each actor has a window of tasks: it runs the oldest while the others are on their way.
An actor is lost when Ray says so, or when it leaves a ping unanswered for too long, as
on a node that is frozen. Its oldest task may have run, and is run once more (`retries`)
on another actor; the others have not, and simply go back to the queue. Ray restarts the
actor; if it cannot, another one takes its place. It gets tasks again once it has loaded
the program.

Nothing here blocks except `wait`, and all but the callbacks of Ray run on one thread.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from futhark_bridge.errors import BuildError, FutharkError

from .tasks import Outcome

_AGAIN_SECONDS = 0.5
_PINGS_PER_LIMIT = 3


class NodeLostError(FutharkError):
    """The process of a task ended, or its node did, and no retry is left."""

    def __init__(self, message: str) -> None:
        super().__init__("worker-exit", message, stderr="")


@dataclass(eq=False)
class Task:
    """A call of a method of an actor, and what to do with its outcome."""

    number: int
    method: str
    args: Sequence[Any]
    done: Callable[[Outcome], None]
    retries: int = 0
    #: The place whose actor was lost under it: another one is preferred.
    last: _Place | None = None


@dataclass(eq=False)
class _Place:
    """One actor at a time."""

    actor: Any = None
    #: Counts actors and restarts, so that what an earlier one answers is not mixed up.
    life: int = 0
    up: bool = False
    failed: dict[str, Any] | None = None
    window: deque[Task] = field(default_factory=deque)
    facts: dict[str, Any] = field(default_factory=dict)
    #: The process that was ended: it may answer once more before it does.
    ended: str | None = None
    pinged: float | None = None
    next_ping: float = 0.0


class Crew:
    """A number of actors, and a queue of tasks."""

    def __init__(
        self,
        ray: Any,
        make_actor: Callable[[], Any],
        size: int,
        *,
        in_flight: int = 2,
        retries: int = 1,
        lost_after: float = 30.0,
    ) -> None:
        self._ray = ray
        self._make_actor = make_actor
        self.size = size
        self.in_flight = in_flight
        self._retries = retries
        self._lost_after = lost_after
        self._places = [_Place() for _ in range(size)]
        self._queue: deque[Task] = deque()
        self._events: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closed = False
        #: How many tasks were sent to an actor a second time.
        self.retried = 0
        for place in self._places:
            self._start(place)

    # Tasks

    def submit(self, task: Task) -> None:
        """Give a task to an actor, or queue it until one has room."""
        task.retries = self._retries
        self._queue.append(task)
        self._dispatch()

    def stop(self, number: int) -> None:
        """Drop a task. If it is running, its actor is ended and started again."""
        for task in self._queue:
            if task.number == number:
                self._queue.remove(task)
                return
        for place in self._places:
            for i, task in enumerate(place.window):
                if task.number != number:
                    continue
                if i > 0:  # it has not started: what it returns is dropped
                    task.done = _ignore
                    return
                place.window.popleft()
                place.ended = place.facts["process"]
                self._end(place.actor, restart=True)
                self._lose(place, "it was ended", charged=False)
                return

    def tell(self, method: str, *args: Any) -> None:
        """Call a method of each actor, whose result nobody needs."""
        for place in self._places:
            if place.up:
                getattr(place.actor, method).remote(*args)

    @property
    def up(self) -> int:
        """The number of actors that take tasks."""
        return sum(place.up for place in self._places)

    @property
    def facts(self) -> dict[str, Any] | None:
        """What the first actor that was ready said of itself."""
        return next((p.facts for p in self._places if p.facts), None)

    @property
    def failure(self) -> dict[str, Any] | None:
        """Why no actor will take a task again, as JSON; None while one can."""
        reasons = [place.failed for place in self._places]
        return None if None in reasons else reasons[0]

    # Events

    def wait(self, *fds: int, timeout: float | None = None) -> list[int]:
        """Wait for an event or a readable descriptor; handle events.

        Returns
        -------
        list of int
            The descriptors that are readable.
        """
        now = monotonic()
        due = [at - now for at, _ in self._timers]
        due += [self._next_ping() - now]
        if timeout is not None:
            due.append(timeout)
        poll = select.poll()
        for fd in (self._wake, *fds):
            poll.register(fd, select.POLLIN)
        ready = [fd for fd, _ in poll.poll(max(0.0, min(due)) * 1000 + 1)]
        if self._wake in ready:
            os.eventfd_read(self._wake)
        while self._events:
            self._events.popleft()()
        self._run_timers()
        self._ping()
        return [fd for fd in ready if fd != self._wake]

    def close(self) -> None:
        """End all actors; tasks that are left are dropped."""
        self._closed = True
        self._queue.clear()
        for place in self._places:
            self._end(place.actor, restart=False)
        os.close(self._wake)
        self._wake = -1

    def _watch(self, ref: Any, then: Callable[[Any], None]) -> None:
        def arrived(future: Any) -> None:
            self._events.append(lambda: then(future))
            try:
                if not self._closed:
                    os.eventfd_write(self._wake, 1)
            except OSError:  # closed meanwhile
                pass

        ref.future().add_done_callback(arrived)

    def _later(self, seconds: float, run: Callable[[], None]) -> None:
        self._timers.append((monotonic() + seconds, run))

    def _run_timers(self) -> None:
        now = monotonic()
        due = [run for at, run in self._timers if at <= now]
        self._timers = [timer for timer in self._timers if timer[0] > now]
        for run in due:
            run()

    # Actors

    def _start(self, place: _Place) -> None:
        place.actor = self._make_actor()
        self._greet(place)

    def _greet(self, place: _Place) -> None:
        place.life += 1
        life = place.life
        place.up, place.pinged = False, None

        def answered(future: Any) -> None:
            if self._closed or life != place.life:
                return
            error = future.exception()
            if error is None:
                ok, facts = future.result()
                if ok and facts["process"] == place.ended:
                    self._later(_AGAIN_SECONDS, lambda: again(self._greet))
                elif ok:
                    place.facts, place.up = facts, True
                    place.next_ping = monotonic() + self._lost_after / _PINGS_PER_LIMIT
                else:
                    place.failed = facts
                    self._fail_all()
                self._dispatch()
            elif self._is_unavailable(error):
                self._later(_AGAIN_SECONDS, lambda: again(self._greet))
            elif self._is_lost(error):
                # Ray has given this one up.
                self._later(_AGAIN_SECONDS, lambda: again(self._start))
            else:
                place.failed = BuildError(f"Ray: {error}").to_wire()
                self._fail_all()

        def again(start: Callable[[_Place], None]) -> None:
            if not self._closed and life == place.life:
                start(place)

        self._watch(place.actor.hello.remote(), answered)

    def _lose(
        self, place: _Place, why: str, *, charged: bool, frozen: bool = False
    ) -> None:
        """Take an actor's tasks away, and wait until it, or another one, is ready."""
        tasks = list(place.window)
        place.window.clear()
        for i, task in reversed(list(enumerate(tasks))):
            task.last = place
            if i == 0 and charged:
                if task.retries == 0:
                    self._give_up(task, place, why)
                    continue
                task.retries -= 1
                self.retried += 1
            self._queue.appendleft(task)
        if frozen:
            self._end(place.actor, restart=False)
            self._start(place)
        else:
            self._greet(place)
        self._dispatch()

    def _give_up(self, task: Task, place: _Place, why: str) -> None:
        where = f"{place.facts.get('node')}, process {place.facts.get('pid')}"
        error = NodeLostError(f"the actor of the task was lost ({where}): {why}")
        task.done((False, error.to_wire(), []))

    def _end(self, actor: Any, *, restart: bool) -> None:
        with suppress(Exception):  # it has ended, or its cluster has
            self._ray.kill(actor, no_restart=not restart)

    def _fail_all(self) -> None:
        failure = self.failure
        if failure is None:
            return
        tasks, self._queue = self._queue, deque()
        for task in tasks:
            task.done((False, failure, []))

    def _dispatch(self) -> None:
        if self.failure is not None:
            self._fail_all()
        while self._queue:
            task = self._queue[0]
            free = [p for p in self._places if p.up and len(p.window) < self.in_flight]
            if not free:
                return
            others = [p for p in free if p is not task.last]
            place = min(others or free, key=lambda p: len(p.window))
            self._queue.popleft()
            self._send(place, task)

    def _send(self, place: _Place, task: Task) -> None:
        life = place.life
        place.window.append(task)

        def finished(future: Any) -> None:
            # Of an actor that was lost, the task has gone to another one.
            if self._closed or life != place.life or task not in place.window:
                return
            error = future.exception()
            if error is None:
                place.window.remove(task)
                task.done(future.result())
                self._dispatch()
            elif self._is_lost(error):
                self._lose(place, str(error).strip().splitlines()[0], charged=True)
            else:
                place.window.remove(task)
                told = BuildError(f"Ray: {type(error).__name__}: {error}")
                task.done((False, told.to_wire(), []))
                self._dispatch()

        try:
            ref = getattr(place.actor, task.method).remote(*task.args)
        except Exception as error:  # noqa: BLE001 - arguments that cannot be sent
            place.window.remove(task)
            task.done((False, BuildError(f"Ray: {error}").to_wire(), []))
            return
        self._watch(ref, finished)

    def _is_unavailable(self, error: BaseException) -> bool:
        return isinstance(error, self._ray.exceptions.ActorUnavailableError)

    def _is_lost(self, error: BaseException) -> bool:
        of = self._ray.exceptions
        lost = (of.RayActorError, of.ObjectLostError, of.NodeDiedError)
        return isinstance(error, lost)

    # Pings

    def _next_ping(self) -> float:
        times = [p.next_ping for p in self._places if p.up]
        return min(times, default=monotonic() + self._lost_after)

    def _ping(self) -> None:
        now = monotonic()
        step = self._lost_after / _PINGS_PER_LIMIT
        for place in self._places:
            if not place.up or place.next_ping > now:
                continue
            place.next_ping = now + step
            if place.pinged is None:
                self._send_ping(place, now)
            elif now - place.pinged >= self._lost_after:
                why = f"it has not answered for {self._lost_after:g} s"
                self._lose(place, why, charged=True, frozen=True)

    def _send_ping(self, place: _Place, now: float) -> None:
        life = place.life
        place.pinged = now

        def answered(future: Any) -> None:
            if self._closed or life != place.life:
                return
            error = future.exception()
            if error is None:
                place.pinged = None
            elif self._is_lost(error):
                self._lose(place, str(error).strip().splitlines()[0], charged=True)

        self._watch(place.actor.ping.remote(), answered)


def _ignore(_: Outcome) -> None:
    pass
