"""Generates the Python function that serves CALL for one operation.

For an entry point ``(xs: []f32, n: i32) -> []f32``::

    def call(request_id, body):
        _, n0, w0, w1, = unpack(body)
        try:
            if len(body) == 16: r0, = invoke(values[w0], w1)
            else: r0, = with_arrays(body, w0, w1)
        except Exception as error:
            raise failed((n0,), (w0,), error) from None
        values[n0] = r0
        return pack(8, request_id, 0, *r0.shape)
    def with_arrays(body, w0, w1):
        with lock:
            try:
                at = 16
                if w0 in marks: at = take0(body, at, w0)
                if at != len(body): raise wrong_end(body, at)
                results = invoke(array0 if w0 in marks else values[w0], w1)
                if shared: keep(results)
                return results
            finally:
                shared.clear()
                if w0 in marks: drop0()

The body of a CALL is ``u32 operation | u32 number of each result that is a value |
arguments``; an argument is a value's number (u32) or a scalar in its own width. Inline
and shared arrays follow the arguments, with a mark in place of their number. The reply
has, per result, a scalar in its own width or an array's sizes (i64 each). Each entry
point has its own layout, so straight-line code is generated for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import FutharkError
from futhark_bridge.program.text import block, compiled, numbered, targets, tuple_of
from futhark_bridge.transfer.call_arrays import ArrayOperand, SharedRanges, wrong_end
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER

if TYPE_CHECKING:
    from futhark_bridge.memory.slabs import Slabs
    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program

    from .value_table import ValueTable


_MARKS = (messages.INLINE_ARRAY, messages.SHARED_ARRAY)


def bind_call(
    program: Program, operation: Operation, table: ValueTable, slabs: Slabs
) -> Callable[[int, memoryview], bytes]:
    """Return the function that serves calls of one operation; it raises on failure."""
    call = _wire_call(program, operation)
    names: dict[str, Any] = {
        "unpack": call.request.unpack_from if call.arrays else call.request.unpack,
        "wrong_end": wrong_end,
        "lock": program.lock,
        "pack": call.reply.pack,
        "values": table.values,
        "invoke": operation.compiled(),
        "failed": _failed(table),
    }
    if call.arrays:
        shared = SharedRanges(program, operation)
        names |= {"marks": _MARKS, "shared": shared.ranges, "keep": shared.keep}
        for i in call.arrays:
            parameter = operation.inputs[i]
            bound = program.type(parameter.type)
            array = ArrayOperand(bound, slabs, shared, consumed=parameter.unique)
            names[f"take{i}"], names[f"drop{i}"] = array.take, array.drop
            names[f"array{i}"] = array.value
    exec(compiled(write_call(call), f"call {operation.label}"), names)  # noqa: S102
    serve: Callable[[int, memoryview], bytes] = names["call"]
    return serve


@dataclass(frozen=True)
class WireCall:
    """Everything that the generated text depends on.

    ``given`` are the positions of inputs that are values, passed by number; ``arrays``
    are those of them that may be inline or shared. ``outputs`` has the rank of each
    result that is a value, and None for a scalar.
    """

    request: Struct
    reply: Struct
    inputs: int
    given: tuple[int, ...]
    arrays: tuple[int, ...]
    outputs: tuple[int | None, ...]


def _wire_call(program: Program, operation: Operation) -> WireCall:
    inputs = [p.type for p in operation.inputs]
    given = tuple(i for i, name in enumerate(inputs) if name not in ELEMTYPES)
    outputs: list[int | None] = []
    reply = "<III"
    for result in operation.outputs:
        code = _code(result.type)
        rank = None if code else program.type(result.type).info.rank
        outputs.append(rank)
        reply += code or "q" * (rank or 0)
    made = sum(rank is not None for rank in outputs)
    return WireCall(
        request=Struct("<I" + "I" * made + "".join(_code(n) or "I" for n in inputs)),
        reply=Struct(reply),
        inputs=len(inputs),
        given=given,
        arrays=tuple(i for i in given if program.type(inputs[i]).info.kind == "array"),
        outputs=tuple(outputs),
    )


def write_call(call: WireCall) -> list[str]:
    """Return the lines of ``call``, and of ``with_arrays`` if arrays may be inline."""
    made = [j for j, rank in enumerate(call.outputs) if rank is not None]
    numbers, operands = numbered("n", made), numbered("w", range(call.inputs))
    results = numbered("r", range(len(call.outputs)))
    args = [f"values[w{i}]" if i in call.given else f"w{i}" for i in range(call.inputs)]
    step = f"{targets(results)}invoke({', '.join(args)})"
    steps = [step]
    if call.arrays:
        with_arrays = f"{targets(results)}with_arrays({', '.join(['body', *operands])})"
        steps = [f"if len(body) == {call.request.size}: {step}", f"else: {with_arrays}"]
    given = tuple_of(numbered("w", call.given))
    reply = [str(call.reply.size - HEADER.size), "request_id", str(messages.OK)]
    for j, rank in enumerate(call.outputs):
        if rank != 0:
            reply.append(f"r{j}" if rank is None else f"*r{j}.shape")
    body = [
        f"{', '.join(['_', *numbers, *operands])}, = unpack(body)",
        *block("try", steps),
        *block(
            "except Exception as error",
            [f"raise failed({tuple_of(numbers)}, {given}, error) from None"],
        ),
        *(f"values[n{j}] = r{j}" for j in made),
        f"return pack({', '.join(reply)})",
    ]
    lines = block("def call(request_id, body)", body)
    return lines + _with_arrays(call, operands) if call.arrays else lines


def _with_arrays(call: WireCall, operands: list[str]) -> list[str]:
    """Return the lines of the function for a call with inline or shared arrays."""
    args = []
    for i, operand in enumerate(operands):
        if i in call.arrays:
            args.append(f"array{i} if {operand} in marks else values[{operand}]")
        else:
            args.append(f"values[{operand}]" if i in call.given else operand)
    tried = [
        f"at = {call.request.size}",
        *(f"if w{i} in marks: at = take{i}(body, at, w{i})" for i in call.arrays),
        "if at != len(body): raise wrong_end(body, at)",
        f"results = invoke({', '.join(args)})",
        "if shared: keep(results)",
        "return results",
    ]
    after = ["shared.clear()", *(f"if w{i} in marks: drop{i}()" for i in call.arrays)]
    body = [*block("try", tried), *block("finally", after)]
    return block(
        f"def with_arrays({', '.join(['body', *operands])})", block("with lock", body)
    )


def _failed(table: ValueTable) -> Callable[..., Exception]:
    def failed(
        numbers: tuple[int, ...], given: tuple[int, ...], error: Exception
    ) -> Exception:
        # The cause is the first failure: that of an argument, if one failed.
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
