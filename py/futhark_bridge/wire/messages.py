"""The messages of the control channel: what each kind of frame carries.

Layouts are in arrow/README.md, "Control channel"; both sides hold this same list.
"""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1
"""Version of the protocol: sent in HELLO, refused when the other side has another."""

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
"""Where an array's message is: in the frame; else this is a slab's number."""

SMALL: Final = 0xFFFFFFFF
"""Says that an array comes, or may come, as its sizes and its elements, in the frame.

A message of Arrow's has some 600 bytes around the elements: more than most arrays that
are passed in a hurry. Of one that is asked for and too large the sizes come alone.
"""
SMALL_BYTES: Final = 1 << 15
"""Greatest size of the elements of such an array."""

BROUGHT: Final = 0
"""In place of an argument's number: a small array comes behind the arguments."""
LENT: Final = 0xFFFFFFFF
"""As `BROUGHT`: behind the arguments is said where in a slab an array's message is."""
