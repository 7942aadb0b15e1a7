"""A value that lives in Futhark: what all handles have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self

from futhark_bridge.errors import ValueStateError

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import TypeInfo

    from .bound_type import BoundType
    from .context import Context
    from .sharing import Atoms


class Value:
    """A handle to a value in Futhark.

    It owns its pointer: `free` gives the memory back, as does the garbage collector
    and leaving a ``with`` block. A handle that was freed or consumed only says so.

    ``owner`` is the context as long as the handle is usable and None afterwards, so
    that one comparison tells a good argument from a freed, consumed or foreign one.
    """

    __slots__ = ("_ended", "atoms", "bound", "owner", "ptr", "shape")

    bound: BoundType
    owner: Context | None
    ptr: Any
    atoms: Atoms
    shape: tuple[int, ...]
    _ended: str | None

    @property
    def type(self) -> str:
        """The type's name in Futhark, ``[][]f32`` or ``point``."""
        return self.bound.info.name

    @property
    def info(self) -> TypeInfo:
        """The type's description."""
        return self.bound.info

    @property
    def type_index(self) -> int:
        """The type's place in the program's list of types."""
        return self.bound.index

    @property
    def program(self) -> Any:
        """The program that the value belongs to."""
        return self.bound.program

    @property
    def state(self) -> Literal["live", "freed", "consumed"]:
        """Whether the handle can be used."""
        if self.owner is None:
            return "freed" if self._ended is None else "consumed"
        return "freed" if self.bound.context.closed else "live"

    def store(self) -> bytes:
        """Return the value as bytes that `restore` of the same program's type reads.

        Raises
        ------
        ArgumentError
            For arrays of primitives: use their elements.
        """
        data: bytes = self.bound.program.store(self)
        return data

    def free(self) -> None:
        """Free the value; again, or after consumption, does nothing."""
        context, ptr = self.bound.context, self.ptr
        live, lock = context.live, context.lock
        midst = lock._is_owned()  # type: ignore[attr-defined]  # noqa: SLF001
        with lock:
            if self.owner is not None:
                # As `release` does, but a call of that could be interrupted.
                atoms = self.end(None)
                if midst:
                    # A handler of signals: what it came amid may use the value.
                    context.pending.append((ptr, atoms))
                    return
                if ptr in live:
                    free = live[ptr]
                    del live[ptr]
                    free(context.ptr, ptr)
                for atom in atoms:
                    atom.live -= 1

    def end(self, consumer: str | None) -> Atoms:
        """Make the handle unusable; give its atoms, to be given up. The lock is held.

        ``consumer`` is None where it is freed. The pointer is left to the caller. The
        handle still says what it shared: it may be an argument of a call that runs,
        whose results share with it.
        """
        self.owner, self._ended = None, consumer
        return self.atoms

    def refusal(self, where: str, context: Context) -> ValueStateError:
        """Make the error for using this value where it cannot be used."""
        what = f"{where}: the {self.bound.info.name}"
        if self.owner is None and self._ended is None:
            return ValueStateError("freed", f"{what} was freed")
        if self.owner is None:
            by = self._ended
            return ValueStateError("consumed", f"{what} was consumed by {by}", by)
        if self.owner is not context:
            return ValueStateError("wrong-module", f"{what} belongs to another module")
        return ValueStateError("freed", f"{what} is gone")

    def __reduce__(self) -> NoReturn:
        form = "its to_numpy()" if self.info.kind == "array" else "the bytes of store()"
        raise TypeError(
            f"a handle of {self.type} cannot be copied or pickled, as its value lives "
            f"in this process's Futhark: take {form}"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.free()

    def __del__(self) -> None:
        # A handle whose making failed half-way has no owner yet.
        if getattr(self, "owner", None) is not None:
            self.bound.context.drop(self.ptr, self.atoms)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        # What notebooks show; `repr` stays one line and copies nothing out of Futhark.
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
        """Return a small part of the value as text and as HTML, where it has one."""
        return "", ""

    def __repr__(self) -> str:
        name = f"{type(self).__name__} {self.bound.info.name}"
        shape = f" of shape {list(self.shape)}" if self.bound.info.rank else ""
        return f"<{name}{shape}{'' if self.state == 'live' else f', {self.state}'}>"


Wrap = Callable[[Value, Any, "Atoms"], None]


def check_usable(value: Value, where: str, context: Context) -> None:
    """Raise unless a value can be used in a context, which must be open."""
    if value.owner is not context:
        raise value.refusal(where, context)
    context.check_open()


class FutharkOpaque(Value):
    """A value that only its program can look into."""

    __slots__ = ()
