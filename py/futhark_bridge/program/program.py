"""An open Futhark program: a CFFI module, its description and a context.

The core of both the public Python API and the worker. It accepts and returns bytes and
`Value` objects, and converts no data.
"""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from futhark_bridge.bindings.manifest import read_manifest
from futhark_bridge.setup.locate import Located, locate

from .configuration import tuning_params
from .context import Context
from .operation import Operation
from .types import BASE_CLASSES, ProgramTypes

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import OperationKind

    from .options import Options
    from .types import Classes


def _warn_of_opaques(located: Located) -> None:
    stem = located.path.name.partition(".")[0].removeprefix("_")
    warnings.warn(
        f"{located.path} has records, sums or arrays of them, and no manifest "
        f"{stem}.json beside it to describe them: their values are opaque",
        stacklevel=2,
    )


class Program(ProgramTypes):
    """An open program. Calls from several threads run one at a time.

    Attributes
    ----------
    operations : list of Operation
        In the order of ``info.operations``.
    path : Path
        The file of the CFFI module.
    """

    def __init__(
        self, located: Located, options: Options, classes: Classes = BASE_CLASSES
    ) -> None:
        ffi, lib = located.ffi, located.lib
        tuning = tuning_params(ffi, lib)
        if located.manifest is not None:
            info = read_manifest(located.manifest, tuning)
        else:
            from futhark_bridge.bindings import declarations  # noqa: PLC0415 - rarely used

            info = declarations.read_declarations(ffi, lib, tuning)
            if declarations.has_described_types(lib):
                _warn_of_opaques(located)
        context = Context(ffi, lib, info.backend, tuning, options)
        super().__init__(info, context, classes)
        self.path = located.path
        self.operations = [Operation(self, o) for o in info.operations]

    def __reduce__(self) -> NoReturn:
        # Pickling the public classes reaches this method.
        raise TypeError(
            f"the open program {self.path.name} cannot be copied or pickled: load it "
            "in the process that needs it"
        )

    @classmethod
    def open(
        cls, module: str, options: Options, classes: Classes = BASE_CLASSES
    ) -> Program:
        """Locate a program, build it if necessary, load it and create its context.

        Parameters
        ----------
        classes : mapping
            The handle class for each kind of type.

        Raises
        ------
        BuildError
            If the module cannot be found, built or loaded.
        ArgumentError
            If an option is invalid for the program.
        ProgramError
            If the program's constants cannot be computed.
        """
        located = locate(module, options.cwd, options.backend)
        return cls(located, options, classes)

    @cached_property
    def operation_table(self) -> dict[tuple[str, str | None, str | None], Operation]:
        """The operations by kind, type and name."""
        return {(o.of, o.type, o.name): o for o in self.operations}

    def operation(
        self, of: OperationKind, type_name: str | None = None, name: str | None = None
    ) -> Operation | None:
        """Return an operation, or None if the program does not have it."""
        return self.operation_table.get((of, type_name, name))

    # The context

    def sync(self) -> None:
        """Wait for pending work on the device; raise errors that occurred there."""
        self._on_context("sync", lambda c: c.sync_status(c.ptr))

    def clear_caches(self) -> None:
        """Free memory that Futhark keeps for reuse."""
        self._on_context(
            "clear_caches", lambda c: c.lib.futhark_context_clear_caches(c.ptr)
        )

    def pause_profiling(self) -> None:
        """Stop collecting profiling events."""
        self._on_context(
            "pause_profiling", lambda c: c.lib.futhark_context_pause_profiling(c.ptr)
        )

    def unpause_profiling(self) -> None:
        """Resume collecting profiling events."""
        self._on_context(
            "unpause_profiling",
            lambda c: c.lib.futhark_context_unpause_profiling(c.ptr),
        )

    def report(self) -> str:
        """Return Futhark's profiling report as JSON, and discard its events."""
        with self.lock:
            self.context.drain()
            text = self.context.lib.futhark_context_report(self.context.ptr)
            if not text:
                self.context.check(1, "report")
            return self.context.take_text(text)

    def _on_context(self, where: str, call: Any) -> None:
        with self.lock:
            self.context.drain()
            self.context.check(call(self.context) or 0, where)

    def close(self) -> None:
        """Free all values and the context; later calls raise `ValueStateError`."""
        self.context.close()

    @property
    def closed(self) -> bool:
        """Whether the program is closed."""
        return self.context.closed
