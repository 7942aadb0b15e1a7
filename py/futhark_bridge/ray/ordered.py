"""Runs a task for each input, and yields the results in the order of the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import FutharkError, ValueStateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .crew import Crew
    from .tasks import Outcome

# How far results may be ahead of the first one that is missing, in windows.
_AHEAD = 4


class InOrder:
    """The tasks of one map.

    Parameters
    ----------
    numbers : iterator of int
        Numbers for the tasks, of which none is in use.
    submit : callable
        Starts the task of a number and an input; tells the last argument the outcome.
    """

    def __init__(
        self,
        crew: Crew,
        numbers: Iterator[int],
        submit: Callable[[int, Any, Callable[[Outcome], None]], None],
        on_progress: Callable[[int], None] | None,
    ) -> None:
        self._crew = crew
        self._numbers = numbers
        self._submit = submit
        self._on_progress = on_progress
        self._room = crew.size * crew.in_flight
        self._running: set[int] = set()
        #: In the order of the inputs: the numbers of tasks that were not yielded.
        self._order: list[int] = []
        self._found: dict[int, Outcome] = {}
        self._done = self._told = 0

    def results(self, inputs: Iterable[Any]) -> Iterator[Any]:
        """Yield each result as soon as those before it are there."""
        source = iter(inputs)
        more = True
        try:
            while True:
                while more and self._has_room:
                    more = self._start_next(source)
                if not self._order:
                    return
                self._tell()
                if self._order[0] in self._found:
                    yield self._first_result()
                else:
                    self._wait()
        finally:
            for number in self._running:
                self._crew.stop(number)

    @property
    def _has_room(self) -> bool:
        ahead = len(self._order) < _AHEAD * self._room
        return ahead and len(self._running) < self._room

    def _start_next(self, source: Iterator[Any]) -> bool:
        try:
            args = next(source)
        except StopIteration:
            return False
        number = next(self._numbers)
        self._order.append(number)
        self._running.add(number)

        def done(outcome: Outcome) -> None:
            self._found[number] = outcome
            self._running.discard(number)
            self._done += 1

        self._submit(number, args, done)
        return True

    def _wait(self) -> None:
        if self._crew.closed:
            raise ValueStateError("freed", "the pool was closed while the task ran")
        self._crew.wait()

    def _tell(self) -> None:
        if self._done > self._told and self._on_progress is not None:
            self._on_progress(self._done)
        self._told = self._done

    def _first_result(self) -> Any:
        ok, result, _ = self._found.pop(self._order.pop(0))
        if ok:
            return result
        raise result if isinstance(result, Exception) else FutharkError(**result)
