"""The exceptions of futhark-bridge: the class says who is at fault, ``code`` the kind.

Messages state what was expected, what was received, and where.
"""

from __future__ import annotations

from typing import Any, Literal

StateCode = Literal["freed", "consumed", "wrong-module"]


class FutharkError(Exception):
    """Base class of the errors that this package raises.

    Attributes
    ----------
    code : str
        The kind of error; the codes are the same in TypeScript.
    message : str
        The message, without the code.
    fields : dict
        The attributes of the subclass that are set, by their names on the wire.
    """

    def __init__(self, code: str, message: str, **fields: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = {k: v for k, v in fields.items() if v is not None}

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls the class with ``args``, which holds the message only.
        return _unpickled, (type(self), self.args, self.__dict__)

    def to_wire(self) -> dict[str, object]:
        """Return the error as a JSON object: ``code``, ``message`` and its fields."""
        return {"code": self.code, "message": self.message, **self.fields}


def _unpickled(
    cls: type[FutharkError], args: tuple[object, ...], attributes: dict[str, object]
) -> FutharkError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(attributes)
    return error


class ProgramError(FutharkError):
    """The Futhark program failed: an assertion, a bounds check or a size check.

    ``status`` is the C status, ``backtrace`` Futhark's own (empty if it has none).
    """

    def __init__(self, message: str, status: int = 2, backtrace: str = "") -> None:
        super().__init__("program-error", message, status=status, backtrace=backtrace)
        self.status = status
        self.backtrace = backtrace


class OutOfMemoryError(FutharkError):
    """Futhark could not allocate memory (C status 3)."""

    def __init__(self, message: str, status: int = 3) -> None:
        super().__init__("out-of-memory", message, status=status)
        self.status = status


class ArgumentError(FutharkError):
    """An argument does not match what was expected.

    ``entry``, ``parameter``, ``expected`` and ``got`` are None where unknown.
    """

    def __init__(
        self,
        message: str,
        *,
        entry: str | None = None,
        parameter: str | None = None,
        expected: str | None = None,
        got: str | None = None,
    ) -> None:
        super().__init__(
            "bad-argument",
            message,
            entry=entry,
            parameter=parameter,
            expected=expected,
            got=got,
        )
        self.entry = entry
        self.parameter = parameter
        self.expected = expected
        self.got = got


class ValueStateError(FutharkError):
    """The handle is ``freed``, ``consumed`` or of another module: ``wrong-module``."""

    def __init__(self, code: StateCode, message: str, by: str | None = None) -> None:
        super().__init__(code, message, by=by)
        self.by = by


class BuildError(FutharkError):
    """A module could not be found, compiled, built or loaded."""

    def __init__(self, message: str) -> None:
        super().__init__("build", message)


class ProtocolError(FutharkError):
    """A peer sent an invalid message: a bug, or a peer of another kind or version."""

    def __init__(self, message: str) -> None:
        super().__init__("protocol", message)


class TimeoutError_(FutharkError):  # noqa: N801, N818 - TimeoutError is a builtin
    """An operation exceeded its time limit."""

    def __init__(self, message: str) -> None:
        super().__init__("timeout", message)
