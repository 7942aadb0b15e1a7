"""The public face of a program: `load` and what it gives."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from futhark_bridge.arguments.lower import call, convert
from futhark_bridge.arguments.place import Where
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.options import Options
from futhark_bridge.program.program import Program
from futhark_bridge.values.plain import plain

from .types import FutharkType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from futhark_bridge.bindings.program_info import (
        EntryPoint,
        Parameter,
        Result,
        TuningParam,
        TypeInfo,
    )
    from futhark_bridge.program.operation import Operation

T = TypeVar("T")


def load(module: str | os.PathLike[str], **options: Any) -> FutharkModule:
    """Open a Futhark program in this process.

    Parameters
    ----------
    module : str or path
        An import name (``hastl._stl_c``); a path to the extension module, its stem
        (``build/dct``) or its manifest (``build/dct.json``); or a ``.fut`` file, which
        is compiled and built on first use.
    **options
        The attributes of `Options`: ``backend``, ``device``, ``platform``,
        ``num_threads``, ``tuning``, ``cache_file``, ``profiling``, ``logging``,
        ``debugging``, ``cwd``.

    Raises
    ------
    BuildError
        If the module cannot be found, built or loaded.
    ArgumentError
        If an option is unknown or does not fit.
    """
    known = {f.name for f in fields(Options)}
    for name in options:
        if name not in known:
            raise ArgumentError(
                f"load: there is no option {name}; there are {', '.join(sorted(known))}"
            )
    return FutharkModule(Program.open(os.fspath(module), Options(**options)))


def _unspaced(name: str) -> str:
    """Leave out the spaces that say nothing: ``(i32,i32)`` is ``(i32, i32)``."""
    single = re.sub(r"\s+", " ", name)
    return re.sub(r" ?([^\w\s'.#]) ?", r"\1", single).strip()


class Names(Generic[T]):
    """Things of a program by name, as attributes or by ``[...]``.

    Nothing else is an attribute here, so that no name can be hidden.
    """

    __slots__ = ("_made", "_make", "_names", "_what")

    def __init__(self, what: str, names: list[str], make: Callable[[str], T]) -> None:
        self._what = what
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        made = self._made.get(name)
        if made is None:
            if name not in self._names:
                # Types without a name of their own, however they are spaced.
                for known in self._names:
                    if _unspaced(known) == _unspaced(name):
                        return self[known]
                names = ", ".join(self._names)
                raise ArgumentError(f"no {self._what} {name}; there are {names}")
            made = self._made[name] = self._make(name)
        return made

    def __getattr__(self, name: str) -> T:
        if name not in self._names:
            raise AttributeError(f"no {self._what} {name}")
        return self[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __dir__(self) -> list[str]:
        return list(self._names)

    def __repr__(self) -> str:
        return f"<{self._what}s {', '.join(self._names)}>"


class EntryFunction:
    """An entry point, to be called."""

    def __init__(self, operation: Operation, point: EntryPoint) -> None:
        self._operation = operation
        self.__name__ = point.name
        self.__doc__ = point.doc
        self.point = point

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """What it takes; a ``unique`` parameter consumes its argument."""
        return self.point.inputs

    @property
    def outputs(self) -> tuple[Result, ...]:
        """What it gives."""
        return self.point.outputs

    def __call__(self, *args: Any) -> Any:
        """Call the entry point; see the README for what arguments may be.

        Returns
        -------
        int, float, bool, Value or tuple
            A tuple if the entry point's result is one.

        Raises
        ------
        ArgumentError
            If an argument does not fit, or sizes do not fit one another.
        ValueStateError
            If a handle was freed, consumed, or is of another module.
        ProgramError, OutOfMemoryError
            If the program fails.
        """
        return call(self._operation, args)

    def __repr__(self) -> str:
        inputs = ", ".join(
            f"{p.name}: {'*' * p.unique}{p.type}" for p in self.point.inputs
        )
        outputs = ", ".join("*" * r.unique + r.type for r in self.point.outputs)
        one = len(self.point.outputs) == 1
        return (
            f"<entry {self.__name__}({inputs}) -> {outputs if one else f'({outputs})'}>"
        )


class FutharkModule:
    """An open program. Close it, or use it in a ``with`` block.

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
            return EntryFunction(operation, points[name])

        self.entry: Names[EntryFunction] = Names("entry point", list(points), entry)
        self.types: Names[FutharkType] = Names(
            "type",
            [t.name for t in program.types],
            lambda name: FutharkType(program, program.type(name)),
        )

    @property
    def program(self) -> Program:
        """The program itself, for those who build on it."""
        return self._program

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """The entry points as data."""
        return self._program.info.entry_points

    @property
    def type_infos(self) -> tuple[TypeInfo, ...]:
        """The types as data."""
        return self._program.info.types

    @property
    def backend(self) -> str:
        """The back end that the program was compiled with."""
        return self._program.info.backend

    @property
    def compiler_version(self) -> str | None:
        """The compiler's version; None where there is no manifest."""
        return self._program.info.compiler_version

    @property
    def tuning_params(self) -> tuple[TuningParam, ...]:
        """The tuning parameters and their classes."""
        return self._program.info.tuning_params

    def to_futhark(self, type_name: str, data: Any) -> Any:
        """Make a value of a type, ``[]f32`` or ``point``, as an argument would be."""
        where = Where(f"to_futhark {type_name}")
        return convert(self._program, type_name, data, where)

    def from_futhark(self, *values: Any) -> Any:
        """Copy values out of Futhark: arrays as numpy arrays, others as objects.

        The handles stay usable. One value comes alone, several as a tuple.
        """
        out = tuple(plain(v, keep=True) for v in values)
        return out[0] if len(out) == 1 else out

    def restore(self, type_name: str, data: bytes | bytearray | memoryview) -> Any:
        """Make a value of the bytes that its ``store()`` gave."""
        return self.types[type_name].restore(data)

    def sync(self) -> None:
        """Wait until all that was started is done; raise what failed there late."""
        self._program.sync()

    def clear_caches(self) -> None:
        """Release memory that Futhark keeps for reuse."""
        self._program.clear_caches()

    def report(self) -> str:
        """Give Futhark's report as JSON text; its events are then forgotten."""
        return self._program.report()

    def pause_profiling(self) -> None:
        """Stop to collect profiling events."""
        self._program.pause_profiling()

    def unpause_profiling(self) -> None:
        """Collect profiling events again."""
        self._program.unpause_profiling()

    def close(self) -> None:
        """Free all values and the context; again does nothing."""
        self._program.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from futhark_bridge.notebook.html import module_bundle  # noqa: PLC0415 - only for notebooks

        return module_bundle(self)

    def __repr__(self) -> str:
        closed = ", closed" if self._program.closed else ""
        path = self._program.path
        return f"<FutharkModule {path.name}, back end {self.backend}{closed}>"
