"""Converts a C status and Futhark's error text to an exception.

The status is ambiguous: 1 can be a failure in a function that was not inlined, or wrong
argument sizes. The messages of the generated code distinguish them.
"""

from __future__ import annotations

from futhark_bridge.errors import (
    ArgumentError,
    FutharkError,
    OutOfMemoryError,
    ProgramError,
)

_OUT_OF_MEMORY_STATUS = 3
_WRONG_ARGUMENTS = (
    "Error: entry point arguments have invalid sizes.",
    "Index out of bounds.",
    "Element shape differs from array shape",
    "Cannot zip arrays with different shapes.",
    "Cannot construct arrays with elements of different shapes.",
)


def failure(
    status: int, text: str, where: str, given: str = "", differs: str = ""
) -> FutharkError:
    """Return the error for a failed C call.

    Parameters
    ----------
    status : int
        The return value of the C function.
    text : str
        The error text of the context; may be empty.
    where : str
        The name of the operation.
    given : str
        A description of the arguments, for argument errors.
    differs : str
        What is wrong with their sizes, if known.
    """
    text = text.strip()
    if text.startswith(_WRONG_ARGUMENTS):
        said = text.removeprefix("Error: ").partition("\nSizes: ")[0].rstrip(".")
        said += f": {differs}" if differs else ""
        got = f"; got {given}" if given else ""
        return ArgumentError(f"{where}: {said}{got}", entry=where, got=given or None)
    if status == _OUT_OF_MEMORY_STATUS or text.startswith("Failed to allocate"):
        return OutOfMemoryError(f"{where}: {text or 'out of memory'}")
    message, _, backtrace = text.partition("Backtrace:")
    message = message.strip() or f"failed with status {status} and no message"
    return ProgramError(f"{where}: {message}", status, backtrace.strip("\n"))
