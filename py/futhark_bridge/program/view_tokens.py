"""What stands in a context's ``live`` for arrays that are viewed, and for their views.

Each is called as C's free functions are, under the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class SharedPointer:
    """A pointer that a handle shares with views; frees it after all of them."""

    __slots__ = ("free", "owned", "ptr", "views")

    def __init__(self, ptr: Any, free: Callable[[Any, Any], int]) -> None:
        self.ptr = ptr
        self.free = free
        self.owned = True
        self.views = 0

    def __call__(self, ctx: Any, _: Any) -> int:
        """Release the handle's share."""
        self.owned = False
        return self._freed(ctx)

    def end_view(self, ctx: Any) -> int:
        """Release a view's share."""
        self.views -= 1
        return self._freed(ctx)

    def _freed(self, ctx: Any) -> int:
        return 0 if self.owned or self.views else self.free(ctx, self.ptr)


class ViewToken:
    """A view, as a pointer of its own."""

    __slots__ = ("_shared",)

    def __init__(self, shared: SharedPointer) -> None:
        self._shared = shared

    def __call__(self, ctx: Any, _: Any) -> int:
        """Release the view's share."""
        return self._shared.end_view(ctx)
