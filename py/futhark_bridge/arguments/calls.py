"""Generates the function of an entry point: checks arguments, converts, calls.

For ``(k: f32, xs: []f32) -> []f32``::

    def call(self, a0=missing, a1=missing, /, *more, **named):
        if more or named or a1 is missing: return again(self, (a0, a1, *more,), named)
        if type(a0) is not float or not -largest < a0 < largest: a0 = take0(a0)
        if type(a1) is not class1 or a1.bound is not bound1: a1 = take1(a1)
        return invoke(a0, a1)[0]

The common cases are recognized at once: a Python number in range, a handle of the
type. ``take`` converts or refuses anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError
from futhark_bridge.installed import imported
from futhark_bridge.program.aliasing import UNSEEN
from futhark_bridge.program.handle import Value
from futhark_bridge.program.text import block, compiled, numbered
from futhark_bridge.spelling import did_you_mean

from .lower import convert
from .place import Where
from .scalars import LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program

    Take = Callable[[Any], Any]

_MISSING: Any = object()


def bind_call(program: Program, operation: Operation) -> Callable[..., Any]:
    """Return the function that calls an operation; its first parameter is ignored.

    It takes arguments by position or name, and returns the result, or a tuple of
    several.
    """
    names: dict[str, Any] = {
        "missing": _MISSING,
        "again": _again(operation),
        "invoke": operation.compiled(),
    }
    checks = []
    for i, parameter in enumerate(operation.inputs):
        where = Where(operation.label, i, parameter.name)
        names[f"take{i}"] = _taker(program, operation, parameter.type, where)
        elem = ELEMTYPES.get(parameter.type)
        if elem is None:
            bound = program.type(parameter.type)
            names[f"bound{i}"], names[f"class{i}"] = bound, bound.value_class
            usual = f"type(a{i}) is not class{i} or a{i}.bound is not bound{i}"
        elif elem.kind == "bool":
            usual = f"type(a{i}) is not bool"
        elif elem.kind != "float":
            usual = f"type(a{i}) is not int or not {elem.min} <= a{i} <= {elem.max}"
        else:
            usual = f"type(a{i}) is not float"
            if elem.name in LARGEST:
                limit = LARGEST[elem.name]
                usual += f" or not -{limit!r} < a{i} < {limit!r}"
        checks.append(f"if {usual}: a{i} = take{i}(a{i})")
    lines = write_call(len(operation.inputs), checks, len(operation.outputs))
    exec(compiled(lines, f"entry {operation.label}"), names)  # noqa: S102 - our own text
    call: Callable[..., Any] = names["call"]
    return call


def write_call(inputs: int, checks: list[str], outputs: int) -> list[str]:
    """Return the lines of the function ``call``."""
    given = numbered("a", range(inputs))
    formal = ", ".join(["self", *(f"{name}=missing" for name in given), "/"])
    unusual = ["more", "named", *(f"{name} is missing" for name in given[-1:])]
    whole = "".join(f"{name}, " for name in given)
    body = [
        f"if {' or '.join(unusual)}: return again(self, ({whole}*more,), named)",
        *checks,
        f"return invoke({', '.join(given)}){'[0]' if outputs == 1 else ''}",
    ]
    return block(f"def call({formal}, *more, **named)", body)


def _taker(
    program: Program, operation: Operation, type_name: str, where: Where
) -> Take:
    """Return the function that converts any other argument, or rejects it."""

    def take(data: Any) -> Any:
        return convert(program, type_name, data, where)

    def take_unseen(data: Any) -> Any:
        value = take(data)
        if value is not data and isinstance(value, Value):
            value.atoms = UNSEEN
        return value

    if type_name not in ELEMTYPES and not operation.info.uniqueness_known:
        return take_unseen
    if type_name in ELEMTYPES or program.type(type_name).info.kind != "array":
        return take
    return _array_taker(program, type_name, take)


def _array_taker(program: Program, type_name: str, take: Take) -> Take:
    """Return a ``take`` that is fast for contiguous numpy arrays of the exact type."""
    bound = program.type(type_name)
    rank, dtype = bound.info.rank, ELEMTYPES[bound.info.elemtype].dtype
    make = bound.make
    array_class: Any = None
    wanted: Any = None

    def take_array(data: Any) -> Any:
        nonlocal array_class, wanted
        if type(data) is array_class:
            # numpy has a single object for each dtype in native byte order.
            if data.dtype is wanted and data.ndim == rank and data.flags.c_contiguous:
                return make(data, data.shape)
        elif array_class is None and (numpy := imported("numpy")):
            array_class, wanted = numpy.ndarray, numpy.dtype(dtype)
        return take(data)

    return take_array


def _again(operation: Operation) -> Callable[..., Any]:
    names = [p.name for p in operation.inputs]

    def again(call: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call again, with all arguments by position.

        Raises
        ------
        ArgumentError
            If one is missing, unknown or passed twice.
        """
        given = tuple(each for each in given if each is not _MISSING)
        return call(*_arranged(operation.label, names, given, named))

    return again


def _arranged(
    label: str, names: list[str], given: tuple[Any, ...], named: dict[str, Any]
) -> list[Any]:
    """Return the arguments in the order of the parameters."""
    rest = names[len(given) :]
    if len(given) > len(names) or (not named and rest):
        raise ArgumentError(
            f"{label}: expected {len(names)} arguments ({', '.join(names)}), "
            f"got {len(given) + len(named)}",
            entry=label,
        )
    for name in named:
        if name in rest:
            continue
        if name in names:
            raise ArgumentError(
                f"{label}: got {name} by position and by name",
                entry=label,
                parameter=name,
            )
        raise ArgumentError(
            f"{label}: no parameter {name}; it has {', '.join(names) or 'none'}"
            f"{did_you_mean(name, names)}",
            entry=label,
            parameter=name,
        )
    if missing := [name for name in rest if name not in named]:
        raise ArgumentError(
            f"{label}: missing {', '.join(missing)}", entry=label, parameter=missing[0]
        )
    return [*given, *(named[name] for name in rest)]
