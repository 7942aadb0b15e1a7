"""Constants of the control channel's messages.

The layouts are specified in arrow/README.md, "Control channel".
"""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1
"""Version of the protocol, sent in HELLO; both sides must have the same."""

# Kinds of requests.
HELLO: Final = 1
CALL: Final = 2
NEW: Final = 3
VALUES: Final = 4
FREE: Final = 5
NEW_OPAQUE_ARRAY: Final = 6
STORE: Final = 7
RESTORE: Final = 8
CONTEXT: Final = 9
CLOSE: Final = 10
DESCRIBE: Final = 11
LIMIT: Final = 12
SLAB: Final = 13
SHARED: Final = 14
PYTHON: Final = 15
TO_PYTHON: Final = 16
# Of a driver of a cluster only.
TASK: Final = 17
STOP: Final = 18
NEXT: Final = 19

# Kinds of replies.
OK: Final = 0
ERROR: Final = 1

# Actions of CONTEXT, by number.
CONTEXT_ACTIONS: Final = (
    "sync",
    "clear_caches",
    "report",
    "pause_profiling",
    "unpause_profiling",
)

INLINE: Final = 0
"""Location of an array's message: in the frame. Other values are slab numbers."""

SMALL: Final = 0xFFFFFFFF
"""Location of a small array: its sizes and elements, in the frame.

This avoids the header of an Arrow message, which is larger than most small arrays. If
an array requested this way is too large, the reply has its sizes only.
"""
SMALL_BYTES: Final = 1 << 16
"""Largest size in bytes of the elements of such an array."""

INLINE_ARRAY: Final = 0
"""In place of an argument's number: an inline array follows the arguments."""
SHARED_ARRAY: Final = 0xFFFFFFFF
"""As `INLINE_ARRAY`, but the location of an array in a slab follows the arguments."""
