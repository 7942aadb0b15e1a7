"""`load`, and the module that it returns."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Self

from futhark_bridge.arguments.lower import convert
from futhark_bridge.arguments.place import Where
from futhark_bridge.arguments.plain import plain
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.options import Options
from futhark_bridge.program.program import Program
from futhark_bridge.spelling import did_you_mean
from futhark_bridge.values.classes import CLASSES

from .entry import EntryFunction, entry_function
from .names import Names
from .types import FutharkType

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import (
        EntryPoint,
        TuningParam,
        TypeInfo,
    )


def load(module: str | os.PathLike[str], **options: Any) -> FutharkModule:
    """Load a Futhark program into this process.

    Parameters
    ----------
    module : str or path
        An import name (``hastl._stl_c``); a path to the extension module, its stem
        (``build/dct``) or its manifest (``build/dct.json``); or a ``.fut`` file, which
        is compiled and built on first use.
    **options
        The attributes of `Options`: ``backend``, ``device``, ``platform``,
        ``num_threads``, ``tuning``, ``build_options``, ``cache_file``, ``profiling``,
        ``logging``, ``debugging``, ``cwd``.

    Raises
    ------
    BuildError
        If the module cannot be found, built or loaded.
    ArgumentError
        If an option is unknown or its value invalid.
    """
    known = {f.name for f in fields(Options)}
    for name in options:
        if name not in known:
            raise ArgumentError(
                f"load: no option {name}; options are {', '.join(sorted(known))}"
                f"{did_you_mean(name, known)}"
            )
    program = Program.open(os.fspath(module), Options(**options), CLASSES)
    return FutharkModule(program)


class FutharkModule:
    """An open program; `close` it, or use it in a ``with`` block.

    Attributes
    ----------
    entry : Names of EntryFunction
        ``module.entry.name(...)`` or ``module.entry["name'"](...)``.
    types : Names of FutharkType
        ``module.types.point.new(...)`` or ``module.types["[]point"].zip(...)``.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        points = {e.name: e for e in program.info.entry_points}

        def entry(name: str) -> EntryFunction:
            operation = program.operation("entry", None, name)
            assert operation is not None, "every entry point is an operation"
            return entry_function(program, operation, points[name])

        self.entry: Names[EntryFunction] = Names("entry point", list(points), entry)
        self.types: Names[FutharkType] = Names(
            "type",
            [t.name for t in program.types],
            lambda name: FutharkType(program, program.type(name)),
        )

    @property
    def program(self) -> Program:
        """The underlying program, for advanced use."""
        return self._program

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """Descriptions of the entry points."""
        return self._program.info.entry_points

    @property
    def type_infos(self) -> tuple[TypeInfo, ...]:
        """Descriptions of the types."""
        return self._program.info.types

    @property
    def backend(self) -> str:
        """The back end that the program was compiled with."""
        return self._program.info.backend

    @property
    def compiler_version(self) -> str | None:
        """The compiler's version; None if there is no manifest."""
        return self._program.info.compiler_version

    @property
    def tuning_params(self) -> tuple[TuningParam, ...]:
        """The tuning parameters and their classes."""
        return self._program.info.tuning_params

    def to_futhark(self, type_name: str, data: Any) -> Any:
        """Copy data into a new value of a type, such as ``[]f32`` or ``point``.

        Raises
        ------
        ArgumentError
            If the data does not match the type, or there is no such type.
        """
        where = Where(f"to_futhark {type_name}")
        return convert(self._program, type_name, data, where)

    def from_futhark(self, *values: Any) -> Any:
        """Copy values out of Futhark: arrays as numpy arrays, others as objects.

        The handles stay usable. Several values are returned as a tuple.
        """
        out = tuple(plain(v, keep=True) for v in values)
        return out[0] if len(out) == 1 else out

    def restore(self, type_name: str, data: bytes | bytearray | memoryview) -> Any:
        """Make a value from the bytes that ``store()`` returned; see `FutharkType`."""
        return self.types[type_name].restore(data)

    def sync(self) -> None:
        """Wait for pending work on the device; raise errors that occurred there."""
        self._program.sync()

    def clear_caches(self) -> None:
        """Free memory that Futhark keeps for reuse."""
        self._program.clear_caches()

    def report(self) -> str:
        """Return Futhark's profiling report as JSON, and discard its events."""
        return self._program.report()

    def pause_profiling(self) -> None:
        """Stop collecting profiling events."""
        self._program.pause_profiling()

    def unpause_profiling(self) -> None:
        """Resume collecting profiling events."""
        self._program.unpause_profiling()

    def close(self) -> None:
        """Wait for a running call, then free all values and the context; idempotent."""
        self._program.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from html import escape  # noqa: PLC0415 - only for notebooks

        from futhark_bridge.values.html_table import table  # noqa: PLC0415 - as above

        entries = [self.entry[name] for name in self.entry]
        signatures = [
            repr(entry).removeprefix("<entry ").strip(">") for entry in entries
        ]
        title = repr(self).strip("<>")
        shown = table(
            ["entry point", ""],
            [
                (f"<code>{escape(text)}</code>", escape(entry.point.doc or ""))
                for text, entry in zip(signatures, entries, strict=True)
            ],
        )
        return {
            "text/plain": "\n  ".join([title, *signatures]),
            "text/html": f"<div><code>{escape(title)}</code>{shown}</div>",
        }

    def __repr__(self) -> str:
        closed = ", closed" if self._program.closed else ""
        path = self._program.path
        return f"<FutharkModule {path.name}, back end {self.backend}{closed}>"
