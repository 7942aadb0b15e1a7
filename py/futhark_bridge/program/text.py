"""Building blocks of generated Python functions.

Generated names consist of a prefix and a position, never of names from a program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import CodeType


def numbered(prefix: str, positions: Iterable[int]) -> list[str]:
    """Return names: ``a0``, ``a1``."""
    return [f"{prefix}{k}" for k in positions]


def tuple_of(items: Sequence[str]) -> str:
    """Return a tuple expression: ``(a0, a1,)``."""
    return f"({', '.join(items)},)" if items else "()"


def targets(names: Sequence[str]) -> str:
    """Return the targets of an unpacking assignment: ``r0, r1, = ``."""
    return f"{', '.join(names)}, = " if names else ""


def block(head: str, body: Iterable[str]) -> list[str]:
    """Return a compound statement: its head and its indented body."""
    return [f"{head}:", *("    " + line for line in body)]


def compiled(lines: Iterable[str], label: str) -> CodeType:
    """Compile lines; ``label`` takes the place of a file name in tracebacks."""
    return compile("\n".join(lines), f"<{label}>", "exec")
