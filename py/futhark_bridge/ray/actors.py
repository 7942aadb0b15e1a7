"""How many actors there are, how large they are, and how they are made."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError

from . import bootstrap
from .cluster import check_address, room_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from futhark_bridge.program.options import Options

    from .shipping import Bundle


@dataclass(frozen=True)
class Demand:
    """What a client asks of a cluster.

    Attributes
    ----------
    address : str, optional
        Of the cluster to join; None starts one on this machine.
    actors : int, optional
        Number of actors; None: as many as there is room for.
    cpus, gpus : float
        What each needs.
    in_flight : int
        Tasks that an actor has at a time: one runs, the others are on their way.
    retries : int
        How often a task is run again after its actor was lost.
    lost_after : float
        Seconds after which an actor that does not answer is given up.
    start_seconds : float
        Limit for the start.
    """

    address: str | None = None
    actors: int | None = None
    cpus: float = 1
    gpus: float = 0
    in_flight: int = 2
    retries: int = 1
    lost_after: float = 30
    start_seconds: float = 120

    def __post_init__(self) -> None:
        """Check what a client has given.

        Raises
        ------
        ArgumentError
            If Ray would refuse it, or wait for ever.
        """
        if self.address is not None:
            check_address(self.address)
        if self.actors is not None:
            _check("actors", self.actors, 1, whole=True)
        _check("in_flight", self.in_flight, 1, whole=True)
        _check("retries", self.retries, 0, whole=True)
        _check("lost_after", self.lost_after, 0.1)
        for name, amount in (("cpus", self.cpus), ("gpus", self.gpus)):
            _check(name, amount, 0)
            if amount > 1 and amount % 1:
                raise ArgumentError(
                    f"{name}: expected a whole number, or a fraction below 1, got "
                    f"{amount}: Ray divides no more than one"
                )

    @property
    def own_cpus(self) -> int:
        """CPUs that a cluster of this machine offers."""
        if self.actors is None:
            return len(os.sched_getaffinity(0))
        return max(1, -int(-self.actors * self.cpus // 1))

    @property
    def own_gpus(self) -> int:
        """GPUs that a cluster of this machine offers."""
        return -int(-(self.actors or 1) * self.gpus // 1)

    def size(self, ray: Any) -> int:
        """Return the number of actors.

        Raises
        ------
        ArgumentError
            If the cluster has no room for them; Ray would wait for nodes to join.
        """
        room = room_for(ray, self.cpus, self.gpus)
        most = len(ray.nodes()) if room == inf else int(room)
        wanted = most if self.actors is None else self.actors
        if 0 < wanted <= room:
            return wanted
        of = ray.cluster_resources()
        raise ArgumentError(
            f"actors: expected room for {max(wanted, 1)} with {self.cpus:g} CPUs and "
            f"{self.gpus:g} GPUs each, got a cluster with room for {most} (in all "
            f"{of.get('CPU', 0):g} CPUs, {of.get('GPU', 0):g} GPUs): ask for fewer or "
            "smaller actors, or add nodes"
        )


def _check(name: str, value: Any, least: float, *, whole: bool = False) -> None:
    kinds = int if whole else (int, float)
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    if not fits or not least <= value < inf:
        kind = "an integer" if whole else "a number"
        raise ArgumentError(
            f"{name}: expected {kind} of {least:g} or more, got {value}"
        )


def actor_maker(
    ray: Any, bundle: Bundle, options: Options, demand: Demand
) -> Callable[[], Any]:
    """Return a function that makes an actor on any node with room for it."""
    # Ray reserves CPUs, but does not bind processes to them.
    threads = options.num_threads or max(1, int(demand.cpus))
    tuning = options.tuning_values() or None
    there = replace(options, num_threads=threads, tuning=tuning, cwd=None)
    ray.cloudpickle.register_pickle_by_value(bootstrap)
    # Pings are answered while a task runs.
    remote = ray.remote(concurrency_groups={"pings": 1})(bootstrap.Bootstrap)
    actor = remote.options(
        num_cpus=demand.cpus,
        num_gpus=demand.gpus,
        max_restarts=-1,
        max_task_retries=0,
    )
    data = ray.put(bundle.data)
    given = pickle.dumps((bundle.shipment, there))

    def make() -> Any:
        # In a list it is fetched only by nodes that do not have it yet.
        return actor.remote([data], bundle.digest, given)

    return make
