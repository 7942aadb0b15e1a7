"""Conversion of arguments to scalars and handles.

Nothing is converted silently: an argument that does not match its type exactly is
rejected, and the error names its position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.aliasing import UNSEEN
from futhark_bridge.program.handle import Value
from futhark_bridge.spelling import did_you_mean

from .arrays import elements
from .fields import fields_of, mapping_of
from .nested import nest, unnest
from .place import Where, describe
from .plain import plain
from .scalars import scalar
from .tables import columns_of
from .variant import VariantValue

if TYPE_CHECKING:
    from futhark_bridge.program.bound_type import BoundType
    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program


def call(program: Program, operation: Operation, args: tuple[Any, ...]) -> Any:
    """Convert the arguments and call; return the result, or a tuple of several."""
    inputs, label = operation.inputs, operation.label
    if len(args) != len(inputs):
        names = ", ".join(p.name for p in inputs)
        raise ArgumentError(
            f"{label}: expected {len(inputs)} arguments ({names}), got {len(args)}",
            entry=label,
        )
    converted = [
        convert(program, p.type, arg, Where(label, k, p.name))
        for k, (p, arg) in enumerate(zip(inputs, args, strict=True))
    ]
    if not operation.info.uniqueness_known:
        for value, arg in zip(converted, args, strict=True):
            if value is not arg and isinstance(value, Value):
                value.atoms = UNSEEN
    results = operation.invoke(*converted)
    return results[0] if len(results) == 1 else results


def convert(program: Program, type_name: str, data: Any, where: Where) -> Any:
    """Convert an argument to a scalar or a `Value` of a type.

    Raises
    ------
    ArgumentError
        If it does not match the type.
    ValueStateError
        If it is a handle that is freed, consumed or from another module.
    """
    elem = ELEMTYPES.get(type_name)
    if elem is not None:
        return scalar(elem, data, where)
    bound = program.type(type_name)
    if isinstance(data, Value):
        if data.owner is not program.context:
            raise data.refusal(str(where), program.context)
        if data.bound is not bound:
            where.refuse(type_name, f"a handle of {data.type}")
        return data
    return _MAKERS[bound.info.kind](program, bound, data, where)


def _array(program: Program, bound: BoundType, data: Any, where: Where) -> Value:
    info = bound.info
    buffer, shape = elements(ELEMTYPES[info.elemtype], info.rank, data, where)
    return program.new_array(bound.index, buffer, shape)


def _record(program: Program, bound: BoundType, data: Any, where: Where) -> Value:
    info = bound.info
    names = [f.name for f in info.fields]
    if info.is_tuple:
        if not isinstance(data, (tuple, list)) or len(data) != len(names):
            where.refuse(f"{info.name}, a tuple of {len(names)}", describe(data))
        parts: Mapping[Any, Any] = dict(zip(names, data, strict=True))
    else:
        given = mapping_of(data)
        if given is None:
            where.refuse(f"{info.name}, a dict", describe(data))
        parts = fields_of(names, given, where)
    values = [
        convert(program, f.type, parts[f.name], where.at(f".{f.name}"))
        for f in info.fields
    ]
    return _made(program, "new", bound, None, values)


def _sum(program: Program, bound: BoundType, data: Any, where: Where) -> Value:
    info = bound.info
    if isinstance(data, Mapping) and set(data) == {"variant", "payload"}:
        if not isinstance(data["payload"], (list, tuple)):
            where.at(".payload").refuse("a list", describe(data["payload"]))
        data = VariantValue(data["variant"], tuple(data["payload"]))
    if not isinstance(data, VariantValue):
        where.refuse(f'{info.name}, variant("name", ...)', describe(data))
    payloads = {v.name: v.payload for v in info.variants}
    types = payloads.get(data.name) if isinstance(data.name, str) else None
    if types is None:
        name = str(data.name)
        hint = did_you_mean(name, payloads)
        where.refuse(f"a variant of {', '.join(payloads)}", name + hint)
    if len(types) != len(data.payload):
        where.refuse(
            f"{len(types)} values in variant {data.name}", str(len(data.payload))
        )
    values = [
        convert(program, t, part, where.at(f".{data.name}[{k}]"))
        for k, (t, part) in enumerate(zip(types, data.payload, strict=True))
    ]
    return _made(program, "construct", bound, data.name, values)


def _record_array(program: Program, bound: BoundType, data: Any, where: Where) -> Value:
    info = bound.info
    names = [f.name for f in info.fields]
    wanted = f"{info.name}, a list of dicts, a dict of arrays or a table"
    given = mapping_of(data)
    if given is None:
        given = columns_of(data, info.rank, wanted, where)
    if given is not None:
        columns = fields_of(names, given, where)
    elif isinstance(data, (list, tuple)):
        shape, rows = unnest(info.rank, info.name, data, where)
        if info.can_new and any(isinstance(row, Value) for row in rows):
            return _opaque_array(program, bound, data, where)
        element = program.type(info.elemtype)
        parts = [
            _row(element, names, row, where.at(f"[{k}]")) for k, row in enumerate(rows)
        ]
        columns = {n: nest([row[n] for row in parts], shape) for n in names}
    else:
        where.refuse(wanted, describe(data))
    if not info.can_zip:
        raise ArgumentError(f"{where}: this program's compiler cannot make {info.name}")
    values = [
        convert(program, f.type, columns[f.name], where.at(f".{f.name}"))
        for f in info.fields
    ]
    return _made(program, "zip", bound, None, values)


def array_of_records(
    program: Program, type_index: int, shape: Sequence[int], elements: Sequence[Value]
) -> Value:
    """Make an array of records from handles, where C has no function for it.

    The fields of the elements are projected and zipped; the elements stay usable.

    Raises
    ------
    ArgumentError
        If the element count does not match the shape, or field shapes differ.
    """
    info = program.types[type_index]
    where = Where(f"{info.name}.new")
    if len(shape) != info.rank or min(shape) < 0 or prod(shape) != len(elements):
        where.refuse(
            f"{info.rank} sizes whose product is the number of elements",
            f"{list(shape)} and {len(elements)}",
        )
    for k, element in enumerate(elements):
        convert(program, info.elemtype, element, where.at(f"[{k}]"))
    rows = nest(list(elements), shape)
    return _record_array(program, program.type(info.name), rows, where)


def _row(
    element: BoundType, names: list[str], row: Any, where: Where
) -> Mapping[str, Any]:
    """Return the fields of an element of an array of records, by name."""
    is_tuple = element.info.is_tuple
    if isinstance(row, Value):
        value = convert(element.program, element.info.name, row, where)
        row = plain(value, keep=True)
    if is_tuple and isinstance(row, (tuple, list)) and len(row) == len(names):
        return dict(zip(names, row, strict=True))
    parts = None if is_tuple else mapping_of(row)
    if parts is None:
        kind = f"tuples of {len(names)}" if is_tuple else "dicts"
        where.refuse(kind, describe(row))
    return fields_of(names, parts, where)


def _opaque_array(program: Program, bound: BoundType, data: Any, where: Where) -> Value:
    info = bound.info
    if not info.can_new:
        raise ArgumentError(
            f"{where}: this program's compiler cannot make {info.name} "
            "(requires 0.25.36 or later); pass a handle",
            entry=where.call,
            parameter=where.parameter,
        )
    if not isinstance(data, (list, tuple)):
        where.refuse(f"{info.name}, a list", describe(data))
    shape, items = unnest(info.rank, info.name, data, where)
    values = [
        convert(program, info.elemtype, item, where.at(f"[{k}]"))
        for k, item in enumerate(items)
    ]
    return program.new_opaque_array(bound.index, shape, values, str(where))


def _opaque(_: Program, bound: BoundType, data: Any, where: Where) -> Value:
    where.refuse(f"a handle of {bound.info.name}", describe(data))


def _made(
    program: Program, of: Any, bound: BoundType, name: str | None, values: list[Any]
) -> Value:
    operation = program.operation(of, bound.info.name, name)
    assert operation is not None, "the type's description lists it"
    result: Value = operation.invoke(*values)[0]
    return result


_MAKERS = {
    "array": _array,
    "record": _record,
    "sum": _sum,
    "record_array": _record_array,
    "opaque_array": _opaque_array,
    "opaque": _opaque,
}
