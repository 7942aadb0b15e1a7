"""The process of a cluster that runs tasks: one program, one context."""

from __future__ import annotations

import os
import platform
import secrets
import sysconfig
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import BuildError
from futhark_bridge.program.program import Program
from futhark_bridge.worker.replies import as_futhark_error

from .tasks import Outcome, Place, TaskRunner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from futhark_bridge.program.options import Options

_SKIPPED: Outcome = (False, {}, [])


@dataclass(frozen=True)
class Shipment:
    """A program as it is in the folder of an actor.

    Attributes
    ----------
    module : str
        Path of the built module, or of its manifest.
    source : str, optional
        Path of the ``.fut`` file, for nodes that cannot load the module.
    built_for : str
        Which nodes can.
    """

    module: str
    source: str | None
    built_for: str


def this_kind() -> str:
    """Describe the nodes on which modules built here can be loaded."""
    return f"{platform.machine()} {sysconfig.get_config_var('SOABI')}"


class Actor:
    """Runs one task at a time, on whatever node it is."""

    def __init__(self, folder: str, shipment: Shipment, options: Options) -> None:
        self._shipment = shipment
        self._options = replace(options, cwd=folder)
        self._runner: TaskRunner | None = None
        # A process number may return.
        self._process = secrets.token_hex(8)
        self._at = 0
        self._dropped: set[int] = set()

    def hello(self) -> tuple[bool, dict[str, Any]]:
        """Load the program; return its description, or the error as JSON.

        An exception in the constructor would come as one of Ray's.
        """
        try:
            if self._runner is None:
                self._runner = TaskRunner(self._load())
            program = self._runner.program
            return True, {
                "info": program.info.to_json(),
                "node": platform.node(),
                "pid": os.getpid(),
                "process": self._process,
            }
        except Exception as error:  # noqa: BLE001 - whatever fails is told to the client
            return False, as_futhark_error(error).to_wire()

    def _load(self) -> Program:
        module, source, built_for = (
            self._shipment.module,
            self._shipment.source,
            self._shipment.built_for,
        )
        if built_for == this_kind():
            return Program.open(module, self._options)
        if source is None:
            raise BuildError(
                f"{module} was built for {built_for}, and the node {platform.node()} "
                f"is {this_kind()}: open the .fut file instead, on nodes that have the "
                "Futhark compiler and a C compiler"
            )
        return Program.open(source, self._options)

    def run_frames(
        self,
        number: int,
        chain: Sequence[int],
        frames: bytes,
        places: Sequence[Place],
        shared: Sequence[tuple[int, int]],
        *arrays: Any,
    ) -> Outcome:
        """Run a task; ``arrays`` are the parts of the frames, then shared inputs."""
        if self._skips(number):
            return _SKIPPED
        runner = self._ready()
        parts, others = arrays[: len(places)], arrays[len(places) :]
        lent = {
            number: (type_index, elements)
            for (number, type_index), elements in zip(shared, others, strict=True)
        }
        return runner.run_frames(chain, frames, places, parts, lent)

    def call(self, number: int, names: Sequence[str], *args: Any) -> Outcome:
        """Run a task on Python data."""
        if self._skips(number):
            return _SKIPPED
        try:
            return True, self._ready().call(names, args), []
        except Exception as error:  # noqa: BLE001 - as above
            return False, as_futhark_error(error), []

    def drop(self, number: int) -> bool:
        """Skip a task; return whether it has started, and cannot be skipped.

        This runs on another thread than tasks.
        """
        self._dropped.add(number)
        return self._at == number

    def _skips(self, number: int) -> bool:
        # In this order, or `drop` could miss a task that starts meanwhile.
        self._at = number
        if number not in self._dropped:
            return False
        self._dropped.discard(number)
        return True

    def forget(self, numbers: Sequence[int]) -> None:
        """Free shared inputs that no later task uses."""
        if self._runner is not None:
            self._runner.forget(numbers)

    def _ready(self) -> TaskRunner:
        assert self._runner is not None, "hello comes first"
        return self._runner
