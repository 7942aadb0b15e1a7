"""Serialization of exceptions for JavaScript, even if their own methods raise."""

from __future__ import annotations

import traceback
from typing import Any

from futhark_bridge.errors import FutharkError

from .js_object import JavaScriptError

# An error that passes back and forth between the languages grows each time.
_MAX_TEXT = 1 << 16


def describe_error(error: BaseException, within: str) -> dict[str, Any]:
    """Describe an exception; omit the leading frames of one file from the traceback."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == within:
        trace = trace.tb_next
    described: dict[str, Any] = {"type": type(error).__qualname__}
    try:
        described["message"] = _shorten(str(error))
    except BaseException as other:  # noqa: BLE001 - it runs user code
        described["message"] = f"<its str() raises {type(other).__name__}>"
    try:
        lines = traceback.format_exception(type(error), error, trace)
        described["traceback"] = _shorten("".join(lines))
    except BaseException:  # noqa: BLE001 - as above
        described["traceback"] = ""
    if isinstance(error, FutharkError):
        described["futhark"] = error.to_wire()
    if isinstance(error, JavaScriptError):
        described["js"] = error.error_id
    return described


def _shorten(text: str) -> str:
    if len(text) <= _MAX_TEXT:
        return text
    half = _MAX_TEXT // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters]\n{text[-half:]}"
