"""Replies, and conversion of exceptions to them."""

from __future__ import annotations

import json
import sys
from struct import error as StructError  # noqa: N812 - it is a class

from futhark_bridge.errors import (
    BuildError,
    FutharkError,
    OutOfMemoryError,
    ProtocolError,
)
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import frame

Reply = bytes | bytearray | memoryview
DEFAULT_MAX_MESSAGE_BYTES = 2**30


def as_futhark_error(error: Exception) -> FutharkError:
    """Convert any exception to an error that can be sent to the client."""
    if isinstance(error, FutharkError):
        return error
    if isinstance(error, MemoryError):
        return OutOfMemoryError(f"Python is out of memory: {error}")
    if isinstance(error, ModuleNotFoundError):
        return BuildError(
            f"{sys.executable} lacks a package: {error}; run 'futhark-bridge setup' "
            "for a complete Python environment"
        )
    if isinstance(error, StructError):
        return ProtocolError(f"a request of the wrong length: {error}")
    return ProtocolError(f"{type(error).__name__}: {error}")


def error_frame(request_id: int, error: FutharkError) -> bytes:
    """Return the reply for an error."""
    text = json.dumps(error.to_wire(), default=str)
    return frame(request_id, messages.ERROR, text.encode())
