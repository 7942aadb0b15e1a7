"""Opaque values as bytes: the C calls around the frame of `_store`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ._identity import type_digest
from ._store import UNIT_PAYLOAD, frame, unframe
from .errors import ArgumentError

if TYPE_CHECKING:
    from ._bound_type import BoundType
    from ._values import Value


class Storage:
    """Stores and restores the values of one program."""

    def __init__(self, program: Any) -> None:
        self.program = program
        self.context = program.context
        self._digests: dict[str, bytes] = {}

    def store(self, value: Value) -> bytes:
        """Give a value as bytes."""
        bound = value.bound
        where = f"{bound.info.name}.store"
        _require(bound, "store", where)
        with self.context.lock:
            self.context.drain()
            self.program.check_usable(value, where)
            return frame(self._digest(bound), self._store(bound, value.ptr, where))

    def restore(self, bound: BoundType, data: bytes | bytearray | memoryview) -> Value:
        """Make a value of the bytes that `store` gave."""
        where = f"{bound.info.name}.restore"
        _require(bound, "restore", where)
        payload = unframe(data, self._digest(bound), where)
        return self._made(bound, payload, where)

    def unit(self, bound: BoundType) -> Value:
        """Make the value of the unit type, where C has no function for it."""
        return self._made(bound, UNIT_PAYLOAD, "()")

    def copy(self, bound: BoundType, ptr: Any) -> Any:
        """Copy a value within Futhark; give the new pointer. The lock is held."""
        where = f"copy of {bound.info.name}"
        return self._restore(bound, self._store(bound, ptr, where), where)

    @cached_property
    def _types(self) -> dict[str, Any]:
        return {t.name: t for t in self.program.types}

    def _digest(self, bound: BoundType) -> bytes:
        name = bound.info.name
        if name not in self._digests:
            identity = self.program.info.program
            self._digests[name] = type_digest(identity, name, self._types)
        return self._digests[name]

    def _made(self, bound: BoundType, payload: bytes, where: str) -> Value:
        with self.context.lock:
            self.context.drain()
            return bound.wrap(self._restore(bound, payload, where), ())

    def _store(self, bound: BoundType, ptr: Any, where: str) -> Any:
        """Store into memory that Futhark allocates; give a buffer that frees it."""
        context, ffi = self.context, self.context.ffi
        data, size = ffi.new("void **"), ffi.new("size_t *")
        context.check(bound.function("store")(context.ptr, ptr, data, size), where)
        owned = ffi.gc(data[0], context.lib.free)
        # The arrays in it may still be on their way from a device.
        context.sync(where)
        return ffi.buffer(owned, size[0])

    def _restore(self, bound: BoundType, payload: Any, where: str) -> Any:
        context = self.context
        source = context.ffi.from_buffer(payload)
        ptr = bound.function("restore")(context.ptr, source)
        if not ptr:
            text = context.take_error().strip() or "Futhark refused these bytes"
            raise ArgumentError(f"{where}: {text}")
        if context.gpu:
            context.sync(where)
        return ptr


def _require(bound: BoundType, role: str, where: str) -> None:
    if role not in bound.info.functions:
        raise ArgumentError(f"{where}: arrays of primitives have no stored form")
