"""The vocabulary of generated functions: lines of Python, made of positions only.

No name that comes from a program is ever part of them.
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
    """Write a tuple: ``(a0, a1,)``."""
    return f"({', '.join(items)},)" if items else "()"


def targets(names: Sequence[str]) -> str:
    """Write what stands before a sequence that is unpacked: ``r0, r1, = ``."""
    return f"{', '.join(names)}, = " if names else ""


def block(head: str, body: Iterable[str]) -> list[str]:
    """Write a compound statement: its head, and its body indented."""
    return [f"{head}:", *("    " + line for line in body)]


def compiled(lines: Iterable[str], label: str) -> CodeType:
    """Compile lines; ``label`` stands in tracebacks where a file would."""
    return compile("\n".join(lines), f"<{label}>", "exec")
