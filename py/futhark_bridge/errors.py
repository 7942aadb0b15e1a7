"""The errors of futhark-bridge: a class says whose fault it is, ``code`` which kind.

Messages say what was expected, what came, and where.
"""

from __future__ import annotations

from typing import Any, Literal

StateCode = Literal["freed", "consumed", "wrong-module"]


class FutharkError(Exception):
    """Base of all errors that this package raises on purpose.

    Attributes
    ----------
    code : str
        The kind of error, the same words as in TypeScript.
    message : str
        The text, without the code.
    fields : dict
        What the subclass knows besides, with the names used on the wire.
    """

    def __init__(self, code: str, message: str, **fields: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = {k: v for k, v in fields.items() if v is not None}

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls the class with ``args``, which is the message alone.
        return _unpickled, (type(self), self.args, self.__dict__)

    def to_wire(self) -> dict[str, object]:
        """Give the error as a JSON object: ``code``, ``message`` and its fields."""
        return {"code": self.code, "message": self.message, **self.fields}


def _unpickled(
    cls: type[FutharkError], args: tuple[object, ...], attributes: dict[str, object]
) -> FutharkError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(attributes)
    return error


class ProgramError(FutharkError):
    """The Futhark program failed: an assertion, an index, a size (C status 2).

    ``status`` is the C status, ``backtrace`` Futhark's own (empty when it gave none).
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
    """The caller passed something that does not fit.

    ``entry``, ``parameter``, ``expected`` and ``got`` are given where they are known.
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
    """A value was used that is ``freed``, ``consumed`` or of a ``wrong-module``."""

    def __init__(self, code: StateCode, message: str, by: str | None = None) -> None:
        super().__init__(code, message, by=by)
        self.by = by


class BuildError(FutharkError):
    """A module could not be found, compiled, built or loaded."""

    def __init__(self, message: str) -> None:
        super().__init__("build", message)


class ProtocolError(FutharkError):
    """The two ends do not understand one another: a bug, or a foreign peer."""

    def __init__(self, message: str) -> None:
        super().__init__("protocol", message)


class TimeoutError_(FutharkError):  # noqa: N801, N818 - TimeoutError is a builtin
    """Something took longer than it was allowed to."""

    def __init__(self, message: str) -> None:
        super().__init__("timeout", message)
