"""Entry points as functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.lower import call

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import EntryPoint, Parameter, Result
    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program


class EntryFunction:
    """An entry point of an open program, as a function."""

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
        """The parameters; a ``unique`` one consumes its argument."""
        return self.point.inputs

    @property
    def outputs(self) -> tuple[Result, ...]:
        """The results, one for each part of a Futhark tuple."""
        return self.point.outputs

    def __call__(self, *args: Any) -> Any:
        """Call the entry point.

        Parameters
        ----------
        *args
            One for each of `inputs`: a handle, or data that is copied. A handle passed
            to a ``unique`` parameter is consumed.

        Returns
        -------
        int, float, bool, Value or tuple
            Arrays and other non-scalars are handles; several results are a tuple.

        Raises
        ------
        ArgumentError
            If an argument does not match its parameter, or sizes do not agree.
        ValueStateError
            If a handle is freed, consumed or of another module.
        ProgramError, OutOfMemoryError
            If the program fails, or memory is exhausted.
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
