"""An open Futhark program: a CFFI module, its description and a context.

This is the core that both the public Python API and the worker stand on. It takes and
gives bytes and `Value` objects; it converts nothing.
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
    """A program that is ready to be called.

    Calls of one program run one at a time, whichever threads they come from.

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
            from futhark_bridge.bindings import declarations  # noqa: PLC0415 - seldom

            info = declarations.read_declarations(ffi, lib, tuning)
            if declarations.has_described_types(lib):
                _warn_of_opaques(located)
        context = Context(ffi, lib, info.backend, tuning, options)
        super().__init__(info, context, classes)
        self.path = located.path
        self.operations = [Operation(self, o) for o in info.operations]

    def __reduce__(self) -> NoReturn:
        # What the public classes hold leads here when they are pickled.
        raise TypeError(
            f"the open program {self.path.name} cannot be copied or pickled: load it "
            "in the process that needs it"
        )

    @classmethod
    def open(
        cls, module: str, options: Options, classes: Classes = BASE_CLASSES
    ) -> Program:
        """Find, if need be build, load and start a program.

        Parameters
        ----------
        classes : mapping
            The class of its handles, by the kind of type.

        Raises
        ------
        BuildError
            If the module cannot be found, built or loaded.
        ArgumentError
            If an option does not fit the program.
        ProgramError
            If the program's own constants cannot be computed.
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
        """Return an operation, or None where the program does not have it."""
        return self.operation_table.get((of, type_name, name))

    # The context

    def sync(self) -> None:
        """Wait until all that was started is done; raise what failed there late."""
        self._on_context("sync", lambda c: c.lib.futhark_context_sync(c.ptr))

    def clear_caches(self) -> None:
        """Release memory that Futhark keeps for reuse."""
        self._on_context(
            "clear_caches", lambda c: c.lib.futhark_context_clear_caches(c.ptr)
        )

    def pause_profiling(self) -> None:
        """Stop to collect profiling events."""
        self._on_context(
            "pause_profiling", lambda c: c.lib.futhark_context_pause_profiling(c.ptr)
        )

    def unpause_profiling(self) -> None:
        """Collect profiling events again."""
        self._on_context(
            "unpause_profiling",
            lambda c: c.lib.futhark_context_unpause_profiling(c.ptr),
        )

    def report(self) -> str:
        """Return Futhark's report as JSON text; the events in it are then forgotten."""
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
        """Free all values and the context. Later calls say that it is closed."""
        self.context.close()

    @property
    def closed(self) -> bool:
        """Whether the program was closed."""
        return self.context.closed
