"""A pool of actors for Python users."""

from __future__ import annotations

import dataclasses
import os
from contextlib import ExitStack
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from futhark_bridge.errors import ArgumentError, FutharkError, ValueStateError
from futhark_bridge.program.options import Options
from futhark_bridge.spelling import did_you_mean

from .actors import Demand, actor_maker
from .cluster import cluster, import_ray, is_connected
from .crew import Crew
from .ordered import InOrder
from .shipping import pack
from .task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .tasks import Outcome


class Shared:
    """An input of many tasks, which is sent to each node once."""

    def __init__(self, pool: Pool, ref: Any) -> None:
        self.pool = pool
        self.ref = ref


class Pool:
    """A program in several actors of a Ray cluster.

    Parameters
    ----------
    module : str or path
        As for `futhark_bridge.load`; it is built here, and travels to the nodes.
    address : str, optional
        ``auto`` or ``HOST:PORT`` of a cluster that this machine is a node of. Default:
        the one that this process is connected to, else one of this machine alone.
    actors, cpus, gpus, in_flight, retries, lost_after, start_seconds
        As for `Demand`.
    **options
        Those of `futhark_bridge.load`.
    """

    def __init__(
        self,
        module: str | os.PathLike[str],
        *,
        address: str | None = None,
        actors: int | None = None,
        cpus: float = 1,
        gpus: float = 0,
        in_flight: int = 2,
        retries: int = 1,
        lost_after: float = 30,
        start_seconds: float = 120,
        **options: Any,
    ) -> None:
        known = {field.name for field in dataclasses.fields(Options)}
        for name in options:
            if name not in known:
                raise ArgumentError(
                    f"Pool: no option {name}; options are {', '.join(sorted(known))}"
                    f"{did_you_mean(name, known)}"
                )
        demand = Demand(
            address, actors, cpus, gpus, in_flight, retries, lost_after, start_seconds
        )
        given = Options(**options)
        with ExitStack() as stack:
            bundle = pack(os.fspath(module), given)
            if address is None and is_connected():
                self._ray = import_ray()
            else:
                own = cluster(address, demand.own_cpus, demand.own_gpus)
                self._ray = stack.enter_context(own)
            self._crew = Crew(
                self._ray,
                actor_maker(self._ray, bundle, given, demand),
                demand.size(self._ray),
                demand,
            )
            stack.callback(self._crew.close)
            self._wait_for_actors(start_seconds)
            self._stack = stack.pop_all()
        self._retries = retries
        self._numbers = count(1)
        self._closed = False

    def _wait_for_actors(self, limit: float) -> None:
        end = monotonic() + limit
        while self._crew.up < self._crew.size:
            self._crew.wait(timeout=0.5)
            if self._crew.problem is not None:
                raise FutharkError(**self._crew.problem)
            if monotonic() > end:
                raise ArgumentError(
                    f"actors: {self._crew.up} of {self._crew.size} were ready after "
                    f"{limit:g} s"
                )

    @property
    def size(self) -> int:
        """The number of actors."""
        return self._crew.size

    @property
    def retried(self) -> int:
        """How often a task was run again because its actor was lost."""
        return self._crew.retried

    def put(self, data: Any) -> Shared:
        """Share an input with all tasks; pass the result in its place."""
        self._check_open()
        return Shared(self, self._ray.put(data))

    def run(self, entry: str | Sequence[str], *args: Any) -> Any:
        """Run one task: an entry point, or a chain of them, on plain data.

        Returns
        -------
        Any
            Scalars, numpy arrays (read-only), dicts and tuples, as `from_futhark` does.

        Raises
        ------
        FutharkError
            As the call in process would, or with code ``worker-exit`` if the actors of
            the task and of its retries were lost.
        """
        return self.map(entry, [args])[0]

    def map(
        self,
        entry: str | Sequence[str],
        inputs: Iterable[Any],
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Any]:
        """Run a task for each input; return the results in their order.

        Parameters
        ----------
        inputs
            For each task a tuple of arguments, or the only one. They are taken as
            actors have room.
        """
        return list(self.imap(entry, inputs, on_progress))

    def imap(
        self,
        entry: str | Sequence[str],
        inputs: Iterable[Any],
        on_progress: Callable[[int], None] | None = None,
    ) -> Iterator[Any]:
        """Like `map`, but yield each result as soon as those before it are there."""
        self._check_open()
        names = [entry] if isinstance(entry, str) else list(entry)
        self._check(names)

        def submit(number: int, args: Any, done: Callable[[Outcome], None]) -> None:
            self._check_open()
            given = args if isinstance(args, tuple) else (args,)
            refs = [self._sent(arg) for arg in given]
            task = Task(number, "call", [names, *refs], done, self._retries)
            self._crew.submit(task)

        ordered = InOrder(self._crew, self._numbers, submit, on_progress)
        yield from ordered.results(inputs)

    def _check(self, names: Sequence[str]) -> None:
        points = (self._crew.facts or {})["info"]["entryPoints"]
        known = [point["name"] for point in points]
        for name in names:
            if name not in known:
                raise ArgumentError(
                    f"the program has no entry point {name}; it has {', '.join(known)}"
                    f"{did_you_mean(name, known)}"
                )

    def _sent(self, arg: Any) -> Any:
        if not isinstance(arg, Shared):
            return arg
        if arg.pool is not self:
            raise ArgumentError("the shared input is of another pool")
        return arg.ref

    def _check_open(self) -> None:
        if self._closed:
            raise ValueStateError("freed", "the pool was closed")

    def close(self) -> None:
        """End the actors, and the cluster if it was started for the pool."""
        if not self._closed:
            self._closed = True
            self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
