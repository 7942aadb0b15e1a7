"""A call that came over the wire: words in, results under numbers, one frame out.

The body of a CALL is ``u32 operation | u32 number of each result that is a value |
arguments``; an argument is a value's number (u32) or a scalar in its own width. Arrays
may come behind the arguments, with a mark in place of their number. The reply is, per
result, a scalar in its own width or an array's sizes (i64 each). As every entry point
has its own layout, each gets a function of its own, made of positions only: see
`_calls` for the reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import FutharkError
from futhark_bridge.transfer.lent_arrays import Brought, Lending, wrong_end
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER

if TYPE_CHECKING:
    from futhark_bridge.memory.slabs import Slabs
    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program

    from .value_table import ValueTable


_MARKS = (messages.BROUGHT, messages.LENT)


def bind_call(
    program: Program, operation: Operation, table: ValueTable, slabs: Slabs
) -> Callable[[int, memoryview], bytes]:
    """Make the function that serves one operation's calls; it raises what fails."""
    inputs = [p.type for p in operation.inputs]
    outputs = [r.type for r in operation.outputs]
    made = [j for j, name in enumerate(outputs) if name not in ELEMTYPES]
    given = [i for i, name in enumerate(inputs) if name not in ELEMTYPES]
    numbers = [f"n{j}" for j in made]
    words = [f"w{i}" for i in range(len(inputs))]
    results = [f"r{j}" for j in range(len(outputs))]
    args = [f"values[w{i}]" if i in given else f"w{i}" for i in range(len(inputs))]
    layout = "<I" + "I" * len(made)
    layout += "".join(_code(name) or "I" for name in inputs)
    reply_layout, reply = "", []
    for j, name in enumerate(outputs):
        if name in ELEMTYPES:
            reply_layout += _code(name)
            reply.append(f"r{j}")
        else:
            rank = program.type(name).info.rank
            reply_layout += "q" * rank
            reply += [f"*r{j}.shape"] if rank else []
    request = Struct(layout)
    header_and_reply = Struct("<III" + reply_layout)
    length = header_and_reply.size - HEADER.size
    head = f"{length}, request_id, {messages.OK}"
    made_numbers = _tuple(numbers)
    given_words = _tuple([words[i] for i in given])
    arrays = [i for i in given if program.type(inputs[i]).info.kind == "array"]
    invoke = f"{_targets(results)}invoke({', '.join(args)})"
    steps = [invoke]
    if arrays:
        steps = [
            f"if len(body) == {request.size}: {invoke}",
            f"else: {_targets(results)}bring(body, {', '.join(words)})",
        ]
    lines = [
        "def call(request_id, body):",
        f"    {', '.join(['_', *numbers, *words])}, = unpack(body)",
        "    try:",
        *(f"        {step}" for step in steps),
        "    except Exception as error:",
        f"        raise failed({made_numbers}, {given_words}, error) from None",
        *(f"    values[n{j}] = r{j}" for j in made),
        f"    return pack({', '.join([head, *reply])})",
    ]
    names: dict[str, Any] = {
        "unpack": request.unpack_from if arrays else request.unpack,
        "wrong_end": wrong_end,
        "lock": program.lock,
        "pack": header_and_reply.pack,
        "values": table.values,
        "invoke": operation.compiled(),
        "failed": _failed(table),
    }
    if arrays:
        others = [i for i in given if i not in arrays]
        lending = Lending(program, operation)
        names |= {"marks": _MARKS, "lent": lending.ranges, "keep": lending.keep}
        lines += _bring(words, arrays, others, request.size)
    for i in arrays:
        consumed = operation.inputs[i].unique
        bound = program.type(inputs[i])
        brought = Brought(bound, slabs, lending, consumed=consumed)
        names[f"take{i}"], names[f"drop{i}"] = brought.take, brought.drop
        names[f"brought{i}"] = brought.value
    exec(compile("\n".join(lines), f"<call {operation.label}>", "exec"), names)  # noqa: S102
    call: Callable[[int, memoryview], bytes] = names["call"]
    return call


def _bring(
    words: list[str], arrays: list[int], others: list[int], size: int
) -> list[str]:
    """Write the function that does a call whose arrays come with it."""
    args = []
    for i, word in enumerate(words):
        if i in arrays:
            args.append(f"brought{i} if {word} in marks else values[{word}]")
        else:
            args.append(f"values[{word}]" if i in others else word)
    return [
        f"def bring(body, {', '.join(words)}):",
        "    with lock:",
        "        try:",
        f"            at = {size}",
        *(
            f"            if w{i} in marks: at = take{i}(body, at, w{i})"
            for i in arrays
        ),
        "            if at != len(body): raise wrong_end(body, at)",
        f"            results = invoke({', '.join(args)})",
        "            if lent: keep(results)",
        "            return results",
        "        finally:",
        "            lent.clear()",
        *(f"            if w{i} in marks: drop{i}()" for i in arrays),
    ]


def _failed(table: ValueTable) -> Callable[..., Exception]:
    def failed(
        numbers: tuple[int, ...], given: tuple[int, ...], error: Exception
    ) -> Exception:
        # What failed first is the cause: an argument that could not be made.
        try:
            for number in given:
                if number not in _MARKS:
                    table.value(number)
        except FutharkError as cause:
            error = cause
        return table.fail(numbers, error)

    return failed


def _code(name: str) -> str:
    return ELEMTYPES[name].struct_code if name in ELEMTYPES else ""


def _targets(names: list[str]) -> str:
    return f"{', '.join(names)}, = " if names else ""


def _tuple(names: list[str]) -> str:
    return f"({', '.join(names)},)" if names else "()"
