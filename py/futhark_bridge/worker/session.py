"""Handles the messages of one client. No I/O.

The client assigns the numbers of results, so it can send a request that uses a result
before it has received the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import TYPE_CHECKING

from futhark_bridge.arguments.lower import array_of_records
from futhark_bridge.arguments.plain import plain
from futhark_bridge.arrow.codec import frame_of
from futhark_bridge.errors import ProtocolError
from futhark_bridge.memory.slabs import Slabs
from futhark_bridge.program.handle import Value
from futhark_bridge.program.program import Program
from futhark_bridge.transfer.array_messages import PART, received_array, write_message
from futhark_bridge.transfer.small_arrays import ReplyMaker, reply_maker
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER, frame

from .limits import check_length, start_limit, stop_limit
from .replies import DEFAULT_MAX_MESSAGE_BYTES, Reply, as_futhark_error, error_frame
from .value_table import ValueTable, sizes
from .wire_call_text import bind_call

if TYPE_CHECKING:
    from futhark_bridge.python.socket import PythonSocket

_U32 = Struct("<I")
_I64 = Struct("<q")
_TWO_U32 = Struct("<II")
_THREE_U32 = Struct("<III")
_SLAB = Struct("<Iq")


class Session:
    """One client's values in a program."""

    def __init__(
        self, program: Program, shared: Mapping[str, Value] | None = None
    ) -> None:
        """Start without values.

        Parameters
        ----------
        shared : mapping, optional
            Values shared by name, if the program belongs to the sharing process. The
            client cannot free them, and closing the session does not end the process.
        """
        self.program = program
        self.shared = shared
        self.table = ValueTable()
        self.values = self.table.values
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
        """Handle a request; return the frame of the reply, if one is expected."""
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
                    raise ProtocolError(f"unknown kind of request {kind}")
                content = handler(body)
                if request_id == 0:
                    return None
                self._check_length(len(content))
                reply = frame(request_id, messages.OK, content)
        except Exception as error:  # noqa: BLE001 - every failure is reported to the client
            known = as_futhark_error(error)
            reply = error_frame(request_id, known)
            # It may be kept in place of a value, so drop its frames.
            known.__traceback__ = known.__context__ = known.__cause__ = None
        if self._limited and request_id:
            stop_limit()
            self._limited = False
        return reply if request_id else None

    def _check_length(self, size: int) -> None:
        check_length(size, self.max_message_bytes)

    def _bind(self, index: int) -> Callable[[int, memoryview], bytes]:
        operation = self.program.operations[index]
        call = bind_call(self.program, operation, self.table, self.slabs)
        self._calls[index] = call
        return call

    def _new(self, body: memoryview) -> bytes:
        number, type_index, where = _THREE_U32.unpack_from(body)

        def make() -> Value:
            info, data = self.program.types[type_index], body[_THREE_U32.size :]
            elements, shape = received_array(info, where, data, self.slabs)
            return self.program.new_array(type_index, elements, shape)

        return self.table.make(number, make)

    def _values(self, request_id: int, body: memoryview) -> Reply:
        number, where = _TWO_U32.unpack_from(body)
        value = self.table.value(number)
        if where == messages.SMALL:
            make_reply = self._repliers.get(value.type_index)
            if make_reply is None:
                bound = self.program.array_type(value.type_index)
                self._repliers[bound.index] = make_reply = reply_maker(bound)
            return make_reply(request_id, value)
        around = frame_of(value.info.elemtype, value.shape)
        size = around.total
        if where != messages.INLINE:
            offset, capacity = PART.unpack_from(body, _TWO_U32.size)
            if size > capacity:
                raise ProtocolError(f"expected room for {size} bytes, got {capacity}")
            write_message(value, around, self.slabs.view(where, offset, size))
            return frame(request_id, messages.OK, _I64.pack(size))
        self._check_length(size)
        reply = bytearray(HEADER.size + size)
        HEADER.pack_into(reply, 0, size, request_id, messages.OK)
        write_message(value, around, memoryview(reply)[HEADER.size :])
        return reply

    def _free(self, body: memoryview) -> bytes:
        with self.program.lock:
            self.table.free(number for (number,) in _U32.iter_unpack(body))
            # No call is running that could still use them.
            self.program.context.drain()
        return b""

    def _shared(self, body: memoryview) -> bytes:
        (number,) = _U32.unpack_from(body)
        name = bytes(body[_U32.size :]).decode()

        def make() -> Value:
            value = (self.shared or {}).get(name)
            if value is None:
                raise ProtocolError(f"no shared value is named {name}")
            self.program.check_usable(value, name)
            self.table.borrow(number, value)
            return value

        return self.table.make(number, make)

    def _open_python(self, body: memoryview) -> bytes:
        if self._python is None:
            from futhark_bridge.python.socket import PythonSocket  # noqa: PLC0415 - rarely needed, slow to import

            share = bytes(body) == b"\1"
            self._python = PythonSocket(self.max_message_bytes, share=share)
        return self._python.place()

    def _to_python(self, body: memoryview) -> bytes:
        number, key = _TWO_U32.unpack(body)
        assert self._python is not None, "the client opens it first"
        try:
            value = plain(self.table.value(number), keep=True)
        except Exception as error:
            self._python.side.passed.put(key, error)
            raise
        self._python.side.passed.put(key, value)
        return b""

    def end(self) -> None:
        """Free the client's own values, but not shared ones, and unmap its memory."""
        self.table.clear()
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
            elements = [self.table.value(number) for (number,) in numbers]
            if info.kind == "record_array" and not info.can_new:
                return array_of_records(self.program, type_index, shape, elements)
            return self.program.new_opaque_array(type_index, shape, elements)

        return self.table.make(number, make)

    def _store(self, body: memoryview) -> bytes:
        return self.program.store(
            self.table.value(*_U32.unpack(body)), self._check_length
        )

    def _restore(self, body: memoryview) -> bytes:
        number, type_index = _TWO_U32.unpack_from(body)
        data = body[_TWO_U32.size :]
        return self.table.make(number, lambda: self.program.restore(type_index, data))

    def _describe(self, body: memoryview) -> bytes:
        return sizes(self.table.value(*_U32.unpack(body)))

    def _context(self, body: memoryview) -> bytes:
        (action,) = _U32.unpack(body)
        if action >= len(messages.CONTEXT_ACTIONS):
            raise ProtocolError(f"unknown context action {action}")
        text = getattr(self.program, messages.CONTEXT_ACTIONS[action])()
        return (text or "").encode()

    def _slab(self, body: memoryview) -> bytes:
        number, size = _SLAB.unpack_from(body)
        path = bytes(body[_SLAB.size :]).decode()
        self.slabs.add(number, size, path)
        return b""

    def _limit(self, body: memoryview) -> bytes:
        start_limit(*_U32.unpack(body), own=self.shared is None)
        self._limited = True
        return b""

    def _close(self, _: memoryview) -> bytes:
        self.closed = True
        if self.shared is not None:
            self.end()
        return b""
