"""Views: arrays in Futhark's memory that are read without a copy.

A view shares the array's pointer with the handle. The pointer is freed when neither
needs it: `SharedPointer` stands in ``live`` for C's free function, and a `ViewToken` is
there for each view. A view holds atoms like a value that may share the array's memory,
so a call that consumes the array overwrites a copy. Closing the module leaves arrays
that are viewed, and C's context, to the last view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError

from .aliasing import derive
from .closing import drop_view
from .handle import check_usable
from .view_tokens import SharedPointer, ViewToken

if TYPE_CHECKING:
    from .aliasing import Atoms
    from .context import Context
    from .handle import Value


class View:
    """The memory of an array, read-only, as numpy's array interface describes it."""

    __slots__ = ("__array_interface__", "__weakref__", "atoms", "context", "token")

    __array_interface__: dict[str, Any]
    atoms: Atoms
    context: Context
    token: ViewToken

    def __del__(self) -> None:
        # A view that was not fully made has no token.
        token = getattr(self, "token", None)
        if token is not None:
            drop_view(self.context, token, self.atoms)


def view(array: Value, dtype: str) -> View:
    """Return a view of an array of primitives, of an elemtype that numpy names so.

    Raises
    ------
    ArgumentError
        If the elements are not in the memory of this process.
    ValueStateError
        If the array is freed or consumed.
    """
    bound, where = array.bound, f"view of {array.type}"
    context: Context = bound.context
    if context.gpu:
        raise ArgumentError(f"{where}: it is on a device: copy it by to_numpy()")
    if "values_raw" not in bound.info.functions:
        raise ArgumentError(f"{where}: the program's compiler does not support it")
    raw, live = bound.function("values_raw"), context.live
    made = View()
    with context.lock:
        if context.pending:
            context.drain()
        check_usable(array, where, context)
        address = int(context.ffi.cast("uintptr_t", raw(context.ptr, array.ptr)))
        made.__array_interface__ = {
            "version": 3,
            "shape": array.shape,
            "typestr": dtype,
            "data": (address, True),
        }
        shared = live[array.ptr]
        if not isinstance(shared, SharedPointer):
            live[array.ptr] = shared = SharedPointer(array.ptr, shared)
        made.context = context
        made.atoms = derive([array], (), 1)
        token = ViewToken(shared)
        live[token] = token
        shared.views += 1
        made.token = token
    return made
