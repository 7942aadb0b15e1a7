"""`Value`, the base class of handles to values in Futhark's memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self

from futhark_bridge.errors import FutharkError, ValueStateError

from .late_failures import earlier_failure

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import TypeInfo

    from .aliasing import Atoms
    from .bound_type import BoundType
    from .context import Context


class Value:
    """A handle to a value in Futhark's memory.

    It owns its pointer, which `free`, leaving a ``with`` block or garbage collection
    frees. Any other use of a freed or consumed handle raises `ValueStateError`.

    ``owner`` is the context while the handle is usable, and None afterwards, so that a
    single comparison detects freed and consumed handles and those of another module.
    """

    __slots__ = ("__weakref__", "_ended", "atoms", "bound", "owner", "ptr", "shape")

    bound: BoundType
    owner: Context | None
    ptr: Any
    atoms: Atoms
    shape: tuple[int, ...]
    _ended: str | FutharkError | None

    @property
    def type(self) -> str:
        """The type's name in Futhark, such as ``[][]f32`` or ``point``."""
        return self.bound.info.name

    @property
    def info(self) -> TypeInfo:
        """The type's description."""
        return self.bound.info

    @property
    def type_index(self) -> int:
        """The type's index in the program's list of types."""
        return self.bound.index

    @property
    def program(self) -> Any:
        """The program that the value belongs to."""
        return self.bound.program

    @property
    def state(self) -> Literal["live", "freed", "consumed"]:
        """Whether the handle is usable."""
        if self.owner is None:
            return "consumed" if isinstance(self._ended, str) else "freed"
        return "freed" if self.bound.context.closed else "live"

    def store(self) -> bytes:
        """Copy the value to bytes, which `restore` of the same type and program reads.

        Raises
        ------
        ArgumentError
            If it is an array of primitives, which has no stored form.
        """
        data: bytes = self.bound.program.store(self)
        return data

    def free(self) -> None:
        """Free the value, unless it is already freed or consumed."""
        context, ptr = self.bound.context, self.ptr
        live, lock = context.live, context.lock
        midst = lock._is_owned()  # type: ignore[attr-defined]  # noqa: SLF001
        with lock:
            if self.owner is not None:
                # Inlined `release`: a signal could be handled at the start of a call.
                atoms = self.end(None)
                if midst:
                    # In a signal handler: the interrupted code may use the value.
                    context.pending.append((ptr, atoms))
                    return
                if ptr in live:
                    free = live[ptr]
                    del live[ptr]
                    free(context.ptr, ptr)
                for atom in atoms:
                    atom.live -= 1

    def end(self, cause: str | FutharkError | None) -> Atoms:
        """Invalidate the handle; return the atoms to release. The lock is held.

        ``cause`` is the consumer, the failure of the call that may have made it, or
        None if it is freed. The caller frees the pointer. The handle
        keeps its atoms, for a running call whose results may alias it.
        """
        self.owner, self._ended = None, cause
        return self.atoms

    def refusal(self, where: str, context: Context) -> FutharkError:
        """Return the error for using this handle where it is not usable."""
        what = f"{where}: the {self.bound.info.name}"
        if self.owner is None:
            by = self._ended
            if by is None:
                return ValueStateError("freed", f"{what} was freed")
            if isinstance(by, FutharkError):
                return earlier_failure(by, what)
            return ValueStateError("consumed", f"{what} was consumed by {by}", by)
        if self.owner is not context:
            return ValueStateError("wrong-module", f"{what} belongs to another module")
        return ValueStateError("freed", f"{what} is not usable")

    def __reduce__(self) -> NoReturn:
        form = "its to_numpy()" if self.info.kind == "array" else "the bytes of store()"
        raise TypeError(
            f"a handle of {self.type} cannot be copied or pickled, as its value is in "
            f"this process's memory: use {form}"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.free()

    def __del__(self) -> None:
        # A handle that was not fully initialized has no owner.
        if getattr(self, "owner", None) is not None:
            self.bound.context.drop(self.ptr, self.atoms)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        # For notebooks; `repr` is one line and copies nothing out of Futhark.
        if self.state != "live":
            return {"text/plain": repr(self)}
        from html import escape  # noqa: PLC0415 - only for notebooks

        text, table = self._preview()
        title = repr(self).strip("<>")
        return {
            "text/plain": f"{title}\n{text}" if text else title,
            "text/html": f"<div><code>{escape(title)}</code>{table}</div>",
        }

    def _preview(self) -> tuple[str, str]:
        """Return a preview of the value as text and as HTML; empty if it has none."""
        return "", ""

    def __repr__(self) -> str:
        name = f"{type(self).__name__} {self.bound.info.name}"
        shape = f" of shape {list(self.shape)}" if self.bound.info.rank else ""
        return f"<{name}{shape}{'' if self.state == 'live' else f', {self.state}'}>"


Wrap = Callable[[Value, Any, "Atoms"], None]


def check_usable(value: Value, where: str, context: Context) -> None:
    """Raise `FutharkError` unless a value is usable in an open context."""
    if value.owner is not context:
        raise value.refusal(where, context)
    context.check_open()


class FutharkOpaque(Value):
    """A handle to an opaque value: only entry points can access its parts."""

    __slots__ = ()
