"""An entry point as a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.lower import call

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import EntryPoint, Parameter, Result
    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program


class EntryFunction:
    """An entry point, to be called."""

    def __init__(
        self, program: Program, operation: Operation, point: EntryPoint
    ) -> None:
        self._program = program
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
        """What it returns."""
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
        return call(self._program, self._operation, args)

    def __repr__(self) -> str:
        inputs = ", ".join(
            f"{p.name}: {'*' * p.unique}{p.type}" for p in self.point.inputs
        )
        outputs = ", ".join("*" * r.unique + r.type for r in self.point.outputs)
        one = len(self.point.outputs) == 1
        return (
            f"<entry {self.__name__}({inputs}) -> {outputs if one else f'({outputs})'}>"
        )
