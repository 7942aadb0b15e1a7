"""Turns a C status and Futhark's error text into one of our errors.

The status alone does not tell: a failure inside a function that was not inlined comes
as 1, wrong argument sizes too. The texts of the generated code do.
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
    """Make the error for a failed C call.

    Parameters
    ----------
    status : int
        What the C function returned.
    text : str
        What the context had to say; empty when it said nothing.
    where : str
        The operation, as the user knows it.
    given : str
        The arguments that were passed, for errors that are about them.
    differs : str
        What is wrong with their sizes, where that is known.
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
