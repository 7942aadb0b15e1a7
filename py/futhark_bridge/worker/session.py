"""What a worker does with each message: values by number, calls, errors. No I/O.

The client names results itself, so requests need no answers in between. A request that
fails leaves its error in place of the values that it should have made; whatever uses
one of them fails with that same error, and nothing else does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from signal import ITIMER_REAL, setitimer
from struct import Struct, pack
from struct import error as StructError  # noqa: N812 - it is a class
from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.lower import array_of_records
from futhark_bridge.arguments.plain import plain
from futhark_bridge.arrow.codec import Frame, decode, frame_of
from futhark_bridge.errors import (
    ArgumentError,
    FutharkError,
    OutOfMemoryError,
    ProtocolError,
)
from futhark_bridge.memory.slabs import Slabs
from futhark_bridge.program.handle import Value
from futhark_bridge.program.program import Program
from futhark_bridge.transfer.small_arrays import ReplyMaker, reply_maker
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER, frame, unpack_sizes

from .call_text import bind_call

if TYPE_CHECKING:
    from futhark_bridge.python.socket import PythonSocket

Reply = bytes | bytearray | memoryview
DEFAULT_MAX_MESSAGE_BYTES = 2**30
_U32 = Struct("<I")
_I64 = Struct("<q")
_TWO_U32 = Struct("<II")
_THREE_U32 = Struct("<III")
_PART = Struct("<qq")
_SLAB = Struct("<Iq")


class Failed:
    """Stands for a value that could not be made."""

    __slots__ = ("error",)
    owner = None

    def __init__(self, error: FutharkError) -> None:
        self.error = error


class Session:
    """The values that one client has in one program."""

    def __init__(
        self, program: Program, shared: Mapping[str, Value] | None = None
    ) -> None:
        """Start without any values.

        Parameters
        ----------
        shared : mapping, optional
            The program is another's, who lends these values of it by name. They, and
            the process, stay as they are whatever the client does with its own.
        """
        self.program = program
        self.shared = shared
        self._lent: set[int] = set()
        self.values: dict[int, Any] = {}
        self.closed = False
        self.max_message_bytes = DEFAULT_MAX_MESSAGE_BYTES
        self._limited = False
        self._python: PythonSocket | None = None
        self.slabs = Slabs()
        self._calls: list[Callable[[int, memoryview], bytes] | None] = [
            None for _ in program.operations
        ]
        self._repliers: dict[int, ReplyMaker] = {}
        self._handlers: dict[int, Callable[[memoryview], bytes]] = {
            messages.NEW: self._new,
            messages.FREE: self._free,
            messages.NEW_OPAQUE_ARRAY: self._new_opaque_array,
            messages.STORE: self._store,
            messages.RESTORE: self._restore,
            messages.CONTEXT: self._context,
            messages.CLOSE: self._close,
            messages.DESCRIBE: self._describe,
            messages.LIMIT: self._limit,
            messages.SLAB: self._slab,
            messages.SHARED: self._shared,
            messages.PYTHON: self._open_python,
            messages.TO_PYTHON: self._to_python,
        }

    def handle(self, request_id: int, kind: int, body: memoryview) -> Reply | None:
        """Do what a request asks for; give the reply's frame, where one is wanted."""
        try:
            if kind == messages.CALL:
                (index,) = _U32.unpack_from(body)
                call = self._calls[index] or self._bind(index)
                reply: Reply = call(request_id, body)
            elif kind == messages.VALUES:
                reply = self._values(request_id, body)
                self._check_length(len(reply) - HEADER.size)
            else:
                handler = self._handlers.get(kind)
                if handler is None:
                    raise ProtocolError(f"a request of unknown kind {kind}")
                content = handler(body)
                if request_id == 0:
                    return None
                self._check_length(len(content))
                reply = frame(request_id, messages.OK, content)
        except Exception as error:  # noqa: BLE001 - whatever fails is told to the client
            known = as_futhark_error(error)
            reply = error_frame(request_id, known)
            # It may stay in place of a value: what its frames hold must not stay too.
            known.__traceback__ = known.__context__ = known.__cause__ = None
        if self._limited and request_id:
            setitimer(ITIMER_REAL, 0)
            self._limited = False
        return reply if request_id else None

    def _check_length(self, size: int) -> None:
        if size > self.max_message_bytes:
            raise ArgumentError(
                f"a result of {size} bytes is longer than the limit of "
                f"{self.max_message_bytes} (option maxMessageBytes)"
            )

    def value(self, number: int) -> Value:
        """Give a value by its number; raise the error that stands in its place."""
        value = self.values.get(number)
        if isinstance(value, Failed):
            raise value.error
        if value is None:
            raise ProtocolError(f"there is no value {number}")
        return value  # type: ignore[no-any-return]  # the only other kind of entry

    def _bind(self, index: int) -> Callable[[int, memoryview], bytes]:
        call = bind_call(self, self.program.operations[index])
        self._calls[index] = call
        return call

    def fail_results(self, numbers: tuple[int, ...], error: Exception) -> FutharkError:
        """Leave an error in place of results; give it as one of ours."""
        known = as_futhark_error(error)
        for number in numbers:
            self.values[number] = Failed(known)
        return known

    def _make(self, number: int, make: Callable[[], Value]) -> bytes:
        """Make one value under a number; give its sizes, as a reply has them."""
        try:
            value = make()
        except Exception as error:
            raise self.fail_results((number,), error) from error
        self.values[number] = value
        return _sizes(value)

    def _new(self, body: memoryview) -> bytes:
        number, type_index, where = _THREE_U32.unpack_from(body)
        try:
            elements, shape = self._elements(type_index, where, body[_THREE_U32.size :])
            value = self.program.new_array(type_index, elements, shape)
        except Exception as error:
            raise self.fail_results((number,), error) from error
        self.values[number] = value
        return _sizes(value)

    def _elements(
        self, type_index: int, where: int, body: memoryview
    ) -> tuple[memoryview, tuple[int, ...]]:
        """Find the elements and the shape of an array that a request brings."""
        info = self.program.types[type_index]
        if where == messages.SMALL:
            shape, start = unpack_sizes(body, 0, info.rank)
            return body[start:], shape
        message = body
        if where != messages.INLINE:
            message = self.slabs.view(where, *_PART.unpack(body))
        elemtype, shape, elements = decode(message)
        if info.elemtype != elemtype:
            raise ProtocolError(f"expected {info.name}, got {elemtype}")
        return elements, shape

    def _values(self, request_id: int, body: memoryview) -> Reply:
        number, where = _TWO_U32.unpack_from(body)
        value = self.value(number)
        if where == messages.SMALL:
            make_reply = self._repliers.get(value.type_index)
            if make_reply is None:
                bound = self.program.array_type(value.type_index)
                self._repliers[bound.index] = make_reply = reply_maker(bound)
            return make_reply(request_id, value)
        around = frame_of(value.info.elemtype, value.shape)
        size = around.total
        if where != messages.INLINE:
            offset, capacity = _PART.unpack_from(body, _TWO_U32.size)
            if size > capacity:
                raise ProtocolError(f"expected room for {size} bytes, got {capacity}")
            self._fill(value, around, self.slabs.view(where, offset, size))
            return frame(request_id, messages.OK, _I64.pack(size))
        self._check_length(size)
        reply = bytearray(HEADER.size + size)
        HEADER.pack_into(reply, 0, size, request_id, messages.OK)
        self._fill(value, around, memoryview(reply)[HEADER.size :])
        return reply

    def _fill(self, value: Value, around: Frame, target: memoryview) -> None:
        """Fill memory of just the right size with an array's message."""
        start = len(around.header)
        end = start + around.nbytes
        target[:start] = around.header
        target[end:] = around.footer
        self.program.values_into(value, target[start:end])

    def _free(self, body: memoryview) -> bytes:
        values, lent = self.values, self._lent
        with self.program.lock:
            for (number,) in _U32.iter_unpack(body):
                value = values.pop(number, None)
                if number in lent:
                    lent.discard(number)
                elif value is not None and value.owner is not None:
                    value.free()
        return b""

    def _shared(self, body: memoryview) -> bytes:
        (number,) = _U32.unpack_from(body)
        name = bytes(body[_U32.size :]).decode()

        def make() -> Value:
            value = (self.shared or {}).get(name)
            if value is None:
                raise ProtocolError(f"there is no shared value {name}")
            self.program.check_usable(value, name)
            self._lent.add(number)
            return value

        return self._make(number, make)

    def _open_python(self, _: memoryview) -> bytes:
        if self._python is None:
            from futhark_bridge.python.socket import PythonSocket  # noqa: PLC0415 - seldom, and slow

            self._python = PythonSocket(self.max_message_bytes)
        return self._python.place()

    def _to_python(self, body: memoryview) -> bytes:
        number, key = _TWO_U32.unpack(body)
        assert self._python is not None, "the client opens it first"
        try:
            value = plain(self.value(number), keep=True)
        except Exception as error:
            self._python.side.lend(key, error)
            raise
        self._python.side.lend(key, value)
        return b""

    def end(self) -> None:
        """Free the client's values, but not those lent to it, and unmap its memory."""
        for number, value in self.values.items():
            if number not in self._lent and not isinstance(value, Failed):
                value.free()
        self.values.clear()
        self.slabs.clear()
        if self._python is not None:
            self._python.close()

    def _new_opaque_array(self, body: memoryview) -> bytes:
        number, type_index = _TWO_U32.unpack_from(body)

        def make() -> Value:
            info = self.program.types[type_index]
            at = _TWO_U32.size
            shape = Struct(f"<{info.rank}q").unpack_from(body, at)
            numbers = _U32.iter_unpack(body[at + 8 * info.rank :])
            elements = [self.value(number) for (number,) in numbers]
            if info.kind == "record_array" and not info.can_new:
                return array_of_records(self.program, type_index, shape, elements)
            return self.program.new_opaque_array(type_index, shape, elements)

        return self._make(number, make)

    def _store(self, body: memoryview) -> bytes:
        return self.program.store(self.value(*_U32.unpack(body)), self._check_length)

    def _restore(self, body: memoryview) -> bytes:
        number, type_index = _TWO_U32.unpack_from(body)
        data = body[_TWO_U32.size :]
        return self._make(number, lambda: self.program.restore(type_index, data))

    def _describe(self, body: memoryview) -> bytes:
        return _sizes(self.value(*_U32.unpack(body)))

    def _context(self, body: memoryview) -> bytes:
        (action,) = _U32.unpack(body)
        if action >= len(messages.CONTEXT_ACTIONS):
            raise ProtocolError(f"there is no action {action} on a context")
        text = getattr(self.program, messages.CONTEXT_ACTIONS[action])()
        return (text or "").encode()

    def _slab(self, body: memoryview) -> bytes:
        number, size = _SLAB.unpack_from(body)
        path = bytes(body[_SLAB.size :]).decode()
        self.slabs.add(number, size, path)
        return b""

    def _limit(self, body: memoryview) -> bytes:
        # Nothing in this process could stop a C call: the system does, by SIGALRM.
        (milliseconds,) = _U32.unpack(body)
        if self.shared is not None:
            raise ArgumentError(
                "a call in a process that others use cannot be limited: that would end "
                "the process"
            )
        setitimer(ITIMER_REAL, max(milliseconds, 1) / 1000)
        self._limited = True
        return b""

    def _close(self, _: memoryview) -> bytes:
        self.closed = True
        if self.shared is not None:
            self.end()
        return b""


def _sizes(value: Value) -> bytes:
    # The function of the module keeps its formats; a `Struct` would be made each time.
    return pack(f"<{len(value.shape)}q", *value.shape)


def as_futhark_error(error: Exception) -> FutharkError:
    """Give any exception as an error that can be told to the client."""
    if isinstance(error, FutharkError):
        return error
    if isinstance(error, MemoryError):
        return OutOfMemoryError(f"Python has no memory left: {error}")
    if isinstance(error, StructError):
        return ProtocolError(f"a request of the wrong length: {error}")
    return ProtocolError(f"{type(error).__name__}: {error}")


def error_frame(request_id: int, error: FutharkError) -> bytes:
    """Make the reply that tells an error."""
    text = json.dumps(error.to_wire(), default=str)
    return frame(request_id, messages.ERROR, text.encode())
