"""Runs tasks in a process that has a program: a task is a call on plain data.

A task comes either as the frames that a client of a worker would send, the last of
which is the call, or as Python data. No value is kept from one task to the next, except
shared inputs, which are copied into Futhark once. Each copy of an array between Futhark
and other memory is an audit event ``futhark_bridge.copy``, with what it is from and to.
"""

from __future__ import annotations

import sys
from struct import Struct, calcsize, unpack_from
from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.lower import call
from futhark_bridge.arguments.plain import plain
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ProtocolError
from futhark_bridge.memory.slabs import Slabs
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER
from futhark_bridge.worker.replies import as_futhark_error
from futhark_bridge.worker.session import Session

from .plain_results import PlainResults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from futhark_bridge.program.handle import Value
    from futhark_bridge.program.operation import Operation
    from futhark_bridge.program.program import Program

_U32 = Struct("<I")

Outcome = tuple[bool, Any, list[Any]]
"""Whether it succeeded; the results, or the error as JSON; the large arrays of them."""

Place = tuple[int, int, int]
"""The slab, offset and size of an array that frames refer to."""


class _Parts(Slabs):
    """Arrays that came beside the frames, in place of the slabs that frames name."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[tuple[int, int], memoryview] = {}

    def view(self, number: int, offset: int, size: int) -> memoryview:
        part = self.parts.get((number, offset))
        if part is None or len(part) != size:
            raise ProtocolError(f"no array of {size} bytes came from slab {number}")
        sys.audit("futhark_bridge.copy", part, None)
        return part


class TaskRunner:
    """Runs one task at a time."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._session = Session(program)
        self._session.slabs = self._parts = _Parts()
        self._shared: dict[int, Value] = {}

    def run_frames(
        self,
        chain: Sequence[int],
        frames: bytes | memoryview,
        places: Sequence[Place],
        parts: Sequence[Any],
        shared: Mapping[int, tuple[int, Any]],
    ) -> Outcome:
        """Run a task of frames.

        Parameters
        ----------
        chain
            Operations, by number: that of the call, and those that continue with the
            results of the one before.
        frames
            Requests to a worker; the last one is the call.
        places, parts
            The places in slabs that the frames name, and what is there.
        shared
            Type and elements of shared inputs, by the number that frames have for them.
        """
        table = self._session.table
        self._parts.parts = {
            (number, offset): memoryview(part).cast("B")
            for (number, offset, _), part in zip(places, parts, strict=True)
        }
        try:
            requests = list(_split(memoryview(frames)))
            consumed = self._consumed(chain[0], requests[-1][2])
            for number, (type_index, elements) in shared.items():
                self._lend(number, type_index, elements, own=number in consumed)
            reply = b""
            for request_id, kind, body in requests:
                reply = bytes(self._session.handle(request_id, kind, body) or b"")
            return self._finish(chain, requests[-1][2], reply)
        except Exception as error:  # noqa: BLE001 - whatever fails is told to the client
            return False, as_futhark_error(error).to_wire(), []
        finally:
            table.clear()
            self._parts.parts = {}

    def forget(self, numbers: Sequence[int]) -> None:
        """Free shared inputs that no later task uses."""
        for number in numbers:
            value = self._shared.pop(number, None)
            if value is not None:
                value.free()

    def call(self, names: Sequence[str], args: Sequence[Any]) -> Any:
        """Run a task on Python data: entry points, each on the results before."""
        for name in names:
            operation = self.program.operation("entry", None, name)
            assert operation is not None, "the caller has checked the names"
            sys.audit("futhark_bridge.task", name)
            results = call(self.program, operation, tuple(args))
            args = results if isinstance(results, tuple) else (results,)
        copies = tuple(plain(result) for result in args)
        return copies[0] if len(copies) == 1 else copies

    def _consumed(self, index: int, body: memoryview) -> set[int]:
        """Return the numbers that a call passes to parameters that consume them."""
        operation = self.program.operations[index]
        at, _ = _results(self.program, operation, body)
        numbers: set[int] = set()
        for parameter in operation.inputs:
            code = _code(parameter.type)
            if not code and parameter.unique:
                numbers.add(*_U32.unpack_from(body, at))
            at += calcsize("<" + (code or "I"))
        return numbers

    def _lend(self, number: int, type_index: int, elements: Any, *, own: bool) -> None:
        data = memoryview(elements).cast("B") if elements.size else b""
        value = self._shared.get(number)
        if own or value is None:
            sys.audit("futhark_bridge.copy", elements, None)
            value = self.program.new_array(type_index, data, elements.shape)
        if own:
            self._session.table.values[number] = value
        else:
            self._shared[number] = value
            self._session.table.borrow(number, value)

    def _finish(self, chain: Sequence[int], body: memoryview, reply: bytes) -> Outcome:
        """Run the rest of a chain; copy out what the last call returned."""
        table = self._session.table
        operations = [self.program.operations[index] for index in chain]
        sys.audit("futhark_bridge.task", operations[0].label)
        for i, operation in enumerate(operations):
            _, _, kind = HEADER.unpack_from(reply)
            content = memoryview(reply)[HEADER.size :]
            if kind != messages.OK:
                import json  # noqa: PLC0415 - only where a call fails

                return False, json.loads(bytes(content)), []
            _, numbers = _results(self.program, operation, body)
            words = list(_words(self.program, operation, content, numbers))
            if i + 1 < len(chain):
                body = memoryview(_next_call(chain[i + 1], operations[i + 1], words))
                frame = self._session.handle(1, messages.CALL, body)
                reply = bytes(frame or b"")
        results = PlainResults(self.program)
        for output, word in zip(operations[-1].outputs, words, strict=True):
            if output.type in ELEMTYPES:
                results.data += word
            else:
                results.add(output.type, table.value(*_U32.unpack(word)))
        return True, bytes(results.data), results.parts


def _split(frames: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    at = 0
    while at < len(frames):
        length, request_id, kind = HEADER.unpack_from(frames, at)
        at += HEADER.size
        yield request_id, kind, frames[at : at + length]
        at += length


def _code(type_name: str) -> str:
    return ELEMTYPES[type_name].struct_code if type_name in ELEMTYPES else ""


def _results(
    program: Program, operation: Operation, body: memoryview
) -> tuple[int, list[int]]:
    """Return where the operands of a call start, and the numbers of its results."""
    del program
    made = sum(output.type not in ELEMTYPES for output in operation.outputs)
    numbers = list(unpack_from(f"<{made}I", body, _U32.size))
    return _U32.size * (1 + made), numbers


def _words(
    program: Program, operation: Operation, content: memoryview, numbers: list[int]
) -> Iterator[bytes]:
    """Yield what a next call has in place of each result: a scalar, or a number."""
    at, made = 0, iter(numbers)
    for output in operation.outputs:
        code = _code(output.type)
        if code:
            size = calcsize("<" + code)
            yield bytes(content[at : at + size])
            at += size
        else:
            yield _U32.pack(next(made))
            at += 8 * program.type(output.type).info.rank


def _next_call(index: int, operation: Operation, words: list[bytes]) -> bytes:
    # Numbers of clients are small: these are taken from the other end.
    made = [output for output in operation.outputs if output.type not in ELEMTYPES]
    numbers = [2**31 + 2**16 * index + i for i in range(len(made))]
    return b"".join([_U32.pack(index), *map(_U32.pack, numbers), *words])
