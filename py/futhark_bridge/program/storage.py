"""Stores opaque values as bytes, and restores them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.bindings.identity import type_digest
from futhark_bridge.errors import ArgumentError, OutOfMemoryError

from .handle import check_usable
from .stored_format import UNIT_PAYLOAD, frame, framed, readable, split, unframe
from .stored_layout import Layout, Misfit, check, fits, layout_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from futhark_bridge.bindings.program_info import ProgramInfo

    from .bound_type import BoundType
    from .context import Context
    from .handle import Value
    from .value_type import ValueType


class Storage:
    """Stores and restores the values of one program."""

    def __init__(self, info: ProgramInfo, context: Context) -> None:
        self.context = context
        self._program = info.program
        self._types = {t.name: t for t in info.types}
        self._digests: dict[str, bytes] = {}
        self._new_bytes = self.context.ffi.new_allocator(should_clear_after_alloc=False)
        self._layouts: dict[str, Layout | None] = {}

    def store(self, value: Value, allow: Callable[[int], None]) -> bytes:
        """Return a value as bytes; ``allow`` is called with their number first."""
        bound = value.bound
        where = f"{bound.info.name}.store"
        _require(bound, "store", where)
        context = self.context
        with context.lock:
            context.drain()
            check_usable(value, where, context)
            with _Kept(context, value, where) as ptr:
                allow(framed(self._size(bound, ptr, where)))
                payload = self._store(bound, ptr, where)
            if value.state == "consumed":
                raise value.refusal(where, context)
        self._check(bound, memoryview(payload), where)
        return frame(self._digest(bound), payload)

    def restore(self, bound: ValueType, data: bytes | bytearray | memoryview) -> Value:
        """Make a value from the bytes that `store` returned."""
        where = f"{bound.info.name}.restore"
        _require(bound, "restore", where)
        payload = unframe(data, self._digest(bound), where)
        source = readable(payload)
        known = self._check(bound, memoryview(source)[: len(payload)], where)
        value = self._made(bound, source, where, known=known)
        # C reads only the parts that it expects; there may be more.
        if not known and self._size(bound, value.ptr, where) != len(payload):
            value.free()
            raise ArgumentError(f"{where}: the stored value has parts of another type")
        return value

    def unit(self, bound: ValueType) -> Value:
        """Make the value of the unit type, where C has no function for it."""
        return self._made(bound, UNIT_PAYLOAD, "()", known=True)

    def copy(self, bound: BoundType, ptr: Any) -> Any:
        """Copy a value within Futhark; return the new pointer. The lock is held."""
        where = f"copy of {bound.info.name}"
        return self._restore(bound, self._store(bound, ptr, where), where)

    def layout(self, name: str) -> Layout | None:
        """Return the layout of a type's stored values, or None if unknown."""
        if name not in self._layouts:
            self._layouts[name] = layout_of(name, self._types)
        return self._layouts[name]

    def _check(self, bound: BoundType, payload: memoryview, where: str) -> bool:
        """Reject a payload of another type; return whether the check is complete."""
        parts = split(payload)
        if parts is None:
            raise ArgumentError(f"{where}: the stored value is malformed")
        layout = self.layout(bound.info.name)
        # C itself rejects parts of other types: it compares their headers.
        if layout is None or not fits(layout, parts):
            return False
        try:
            check(layout, parts)
        except Misfit as misfit:
            raise ArgumentError(f"{where}: the stored value has {misfit}") from None
        return True

    def _digest(self, bound: BoundType) -> bytes:
        name = bound.info.name
        if name not in self._digests:
            self._digests[name] = type_digest(self._program, name, self._types)
        return self._digests[name]

    def _made(
        self, bound: ValueType, payload: Any, where: str, *, known: bool
    ) -> Value:
        with self.context.lock:
            self.context.drain()
            value = bound.blank()
            value.ptr = self._restore(bound, payload, where, known=known)
            value.owner = self.context
            bound.wrap(value, value.ptr, ())
            return value

    def _size(self, bound: BoundType, ptr: Any, where: str) -> int:
        """Return the size of a stored value in bytes, as reported by C."""
        context, ffi = self.context, self.context.ffi
        size = ffi.new("size_t *")
        with context.lock:
            context.check_open()
            store = bound.function("store")
            context.check(store(context.ptr, ptr, ffi.NULL, size), where)
        found: int = size[0]
        return found

    def _store(self, bound: BoundType, ptr: Any, where: str) -> Any:
        """Store a value into a new buffer."""
        context, ffi = self.context, self.context.ffi
        size = self._size(bound, ptr, where)
        try:
            owned = self._new_bytes("char[]", size)
        except MemoryError as error:
            raise OutOfMemoryError(f"{where}: no memory for {size} bytes") from error
        place, written = ffi.new("void **", owned), ffi.new("size_t *")
        store = bound.function("store")
        context.check(store(context.ptr, ptr, place, written), where)
        # Copies from the device may still be pending.
        context.sync(where)
        return ffi.buffer(owned)

    def _restore(
        self, bound: BoundType, payload: Any, where: str, *, known: bool = True
    ) -> Any:
        """Restore bytes; return a pointer that the context owns. The lock is held.

        ``known``: the bytes have been checked against the type's layout.
        """
        context, free = self.context, bound.free
        source = context.ffi.from_buffer(payload)
        # No signal is handled between this call and the assignment.
        [ptr] = map(bound.function("restore"), (context.ptr,), (source,))
        if not ptr:
            text = context.take_error().strip()
            if known or text:
                raise OutOfMemoryError(f"{where}: {text or 'out of memory'}")
            raise ArgumentError(f"{where}: Futhark rejected these bytes")
        context.live[ptr] = free
        if context.gpu:
            context.sync_fresh(ptr, where)
        return ptr


class _Kept:
    """Keeps a value for several C calls, even if a signal handler frees or consumes it.

    Consuming it frees its pointer only if that is in ``live``, so it is removed.
    """

    def __init__(self, context: Context, value: Value, where: str) -> None:
        self._context, self._value, self._where = context, value, where
        self._ptr, self._free = value.ptr, value.bound.free
        self._taken = False

    def __enter__(self) -> Any:
        live, ptr = self._context.live, self._ptr
        if self._value.owner is not self._context:
            raise self._value.refusal(self._where, self._context)
        # No signal is handled between these statements.
        if ptr in live:
            self._taken = True
            del live[ptr]
        return ptr

    def __exit__(self, *_: object) -> None:
        if self._taken:
            self._context.live[self._ptr] = self._free
            # If it was freed, the next call frees the pointer.
            if self._value.state == "consumed":
                self._context.release(self._ptr, ())


def _require(bound: BoundType, role: str, where: str) -> None:
    if role not in bound.info.functions:
        raise ArgumentError(f"{where}: arrays of primitives have no stored form")
