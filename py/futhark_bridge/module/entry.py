"""Entry points as functions."""

from __future__ import annotations

from inspect import Parameter as Formal
from inspect import Signature
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NoReturn

from futhark_bridge.arguments.calls import bind_call
from futhark_bridge.bindings.describe import results_text, signature_text

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import EntryPoint, Parameter, Result
    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program


class EntryFunction:
    """An entry point of an open program, as a function.

    It takes one argument for each of `inputs`, by position or by name: a handle, or
    data, which is copied. A handle passed to a ``unique`` parameter is consumed. Its
    ``__signature__`` and ``__doc__`` give the names and types.

    Attributes
    ----------
    point : EntryPoint
        The entry point's description.
    """

    def __init__(self, program: Program, point: EntryPoint) -> None:
        self._program = program
        self.point = point
        self.__name__ = self.__qualname__ = point.name
        self.__doc__ = _doc(point)
        self.__signature__ = _signature(point)

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """The parameters; a ``unique`` one consumes its argument."""
        return self.point.inputs

    @property
    def outputs(self) -> tuple[Result, ...]:
        """The results, one for each part of a Futhark tuple."""
        return self.point.outputs

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the entry point.

        Parameters
        ----------
        *args, **named
            One for each of `inputs`, by position or by name.

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
        raise NotImplementedError  # in the class of each entry point

    def __reduce__(self) -> NoReturn:
        self._program.__reduce__()  # which says why it cannot be pickled

    def __repr__(self) -> str:
        return f"<entry {signature_text(self.point)}>"


def entry_function(
    program: Program, operation: Operation, point: EntryPoint
) -> EntryFunction:
    """Return an entry point as a function.

    Each has a class of its own, in which Python finds the function to call.
    """
    call = bind_call(program, operation)
    made = type("EntryFunction", (EntryFunction,), {"__call__": call})
    function: EntryFunction = made(program, point)
    return function


def _signature(point: EntryPoint) -> Signature:
    """Return the signature; names that Python cannot have are replaced by positions."""
    names = [p.name for p in point.inputs]
    fit = all(name.isidentifier() and not iskeyword(name) for name in names)
    fit = fit and len(set(names)) == len(names)
    kind = Formal.POSITIONAL_OR_KEYWORD if fit else Formal.POSITIONAL_ONLY
    if not fit:
        names = [f"arg{k}" for k in range(len(names))]
    formal = [
        Formal(name, kind, annotation=_text(p))
        for name, p in zip(names, point.inputs, strict=True)
    ]
    return Signature(formal, return_annotation=_Text(results_text(point.outputs)))


class _Text(str):
    """A type as text that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _text(parameter: Parameter) -> _Text:
    return _Text("*" * parameter.unique + parameter.type)


def _doc(point: EntryPoint) -> str:
    """Return a docstring in numpy's style: the program's own comment, and the types."""
    lines = [signature_text(point)]
    if point.doc:
        lines += ["", *point.doc.strip().splitlines()]
    if point.inputs:
        lines += ["", "Parameters", "----------"]
    for parameter in point.inputs:
        lines.append(f"{parameter.name} : {parameter.type}")
        if parameter.unique:
            lines.append("    Consumed by the call.")
    lines += ["", "Returns", "-------", results_text(point.outputs)]
    return "\n".join(lines)
