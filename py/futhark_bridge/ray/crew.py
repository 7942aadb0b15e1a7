"""The actors of a pool: which task goes to which, and what happens when one is lost.

Each actor has a window of tasks: it runs the oldest while the others are on their way.
When an actor is lost, its oldest task may have run, and is run once more (`retries`) on
another actor; the others have not, and simply go back to the queue.

Nothing here blocks except `wait`, and all but the callbacks of Ray run on one thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import BuildError, OutOfMemoryError

from .events import Events
from .place import Place
from .task import NodeLostError, Task
from .tasks import Outcome

if TYPE_CHECKING:
    from .actors import Demand


class Crew:
    """A number of actors, and a queue of tasks."""

    def __init__(
        self, ray: Any, make_actor: Callable[[], Any], size: int, demand: Demand
    ) -> None:
        self._ray = ray
        self.size = size
        self.in_flight = demand.in_flight
        self._events = Events()
        self._windows: dict[Place, deque[Task]] = {}
        self._queue: deque[Task] = deque()
        #: How many tasks were sent to an actor a second time.
        self.retried = 0
        for _ in range(size):
            place = Place(ray, self._events, self, make_actor, demand.lost_after)
            self._windows[place] = deque()
            place.start()

    # Tasks

    def submit(self, task: Task) -> None:
        """Give a task to an actor, or queue it until one has room."""
        self._queue.append(task)
        self._dispatch()

    def stop(self, number: int) -> None:
        """Drop a task. If it is running, its actor is ended and started again."""
        for task in self._queue:
            if task.number == number:
                self._queue.remove(task)
                return
        for place, window in self._windows.items():
            for task in window:
                if task.number == number:
                    self._drop(place, task)
                    return

    def tell(self, method: str, *args: Any) -> None:
        """Call a method of each actor, whose result nobody needs."""
        for place in self._windows:
            if place.up:
                place.call(method, args)

    @property
    def up(self) -> int:
        """The number of actors that take tasks."""
        return sum(place.up for place in self._windows)

    @property
    def facts(self) -> dict[str, Any] | None:
        """What the first actor that was ready said of itself."""
        return next((p.facts for p in self._windows if p.facts), None)

    @property
    def problem(self) -> dict[str, Any] | None:
        """Why an actor cannot load the program, as JSON, if there is one."""
        return next((p.failure for p in self._windows if p.failure), None)

    @property
    def failure(self) -> dict[str, Any] | None:
        """Why no actor takes a task, as JSON; None while one does, or soon will."""
        reasons = [place.failure for place in self._windows]
        return None if None in reasons else reasons[0]

    def wait(self, *fds: int, timeout: float | None = None) -> list[int]:
        """Wait for an event or a readable descriptor; return those that are."""
        return self._events.wait(*fds, timeout=timeout)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._events.closed

    def close(self) -> None:
        """End all actors; tasks that are left are dropped."""
        self._events.close()
        self._queue.clear()
        for place, window in self._windows.items():
            # A call that is made later would have Ray start a cluster.
            window.clear()
            place.up = False
            place.end()

    # Actors

    def ready(self, place: Place) -> None:
        """Give tasks to an actor that has loaded the program."""
        del place
        self._dispatch()

    def failed(self, place: Place) -> None:
        """Fail all tasks if this was the last actor that could run them."""
        del place
        self._dispatch()

    def lost(self, place: Place, why: str) -> None:
        """Take back the tasks of an actor that is lost."""
        self._take_back(place, why)
        self._dispatch()

    def _take_back(self, place: Place, why: str | None) -> None:
        """Queue the tasks of an actor; `why` is None if it was ended on purpose."""
        place.up = False
        tasks, self._windows[place] = self._windows[place], deque()
        for i, task in reversed(list(enumerate(tasks))):
            if task.dropped:
                continue
            task.last = place
            if i == 0 and why is not None:
                if task.retries == 0:
                    told = f"the actor of the task was lost ({place.name}): {why}"
                    task.done((False, NodeLostError(told).to_wire(), []))
                    continue
                task.retries -= 1
                self.retried += 1
            self._queue.appendleft(task)

    def _drop(self, place: Place, task: Task) -> None:
        task.dropped = True
        task.done = _ignore
        if self._windows[place][0] is task:
            self._end_running(place)
            return

        def answered(future: Any) -> None:
            if future.exception() is None:
                task.started = future.result()
                self._end_dropped(place)

        # It is behind another one; that may end before this is known there.
        place.call("drop", (task.number,), answered)

    def _end_dropped(self, place: Place) -> None:
        window = self._windows[place]
        if window and window[0].dropped and window[0].started:
            self._end_running(place)

    def _end_running(self, place: Place) -> None:
        self._take_back(place, None)
        place.restart()
        self._dispatch()

    # Dispatch

    def _dispatch(self) -> None:
        failure = self.failure
        while self._queue and failure is not None:
            self._queue.popleft().done((False, failure, []))
        while self._queue:
            task = self._queue[0]
            free = [
                place
                for place, window in self._windows.items()
                if place.up and len(window) < self.in_flight
            ]
            if not free:
                return
            others = [place for place in free if place is not task.last]
            place = min(others or free, key=lambda p: len(self._windows[p]))
            self._queue.popleft()
            self._send(place, task)

    def _send(self, place: Place, task: Task) -> None:
        self._windows[place].append(task)

        def finished(future: Any) -> None:
            error = future.exception()
            why = error and place.why_lost(error)
            if why is not None:
                self._take_back(place, why)
                place.recover()
            else:
                self._windows[place].remove(task)
                task.done(future.result() if error is None else self._failed(error))
                self._end_dropped(place)
            self._dispatch()

        try:
            place.call(task.method, (task.number, *task.args), finished)
        except Exception as error:  # noqa: BLE001 - arguments that cannot be sent
            self._windows[place].remove(task)
            task.done(self._failed(error))

    def _failed(self, error: BaseException) -> Outcome:
        of = self._ray.exceptions
        full = (of.ObjectStoreFullError, of.OutOfDiskError, of.OutOfMemoryError)
        text = f"Ray: {type(error).__name__}: {error}"
        known = OutOfMemoryError(text) if isinstance(error, full) else BuildError(text)
        return False, known.to_wire(), []


def _ignore(_: Outcome) -> None:
    pass
