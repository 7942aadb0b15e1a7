"""Mends what the compiler's generated C gets wrong, before it is built.

A mend names the exact text that it replaces, so that a compiler that has it right, or
different, is left alone.
"""

from __future__ import annotations

from pathlib import Path

VERSION = "1"
"""Part of the cache's key: changes whenever a mend does."""

# Multicore (seen in 0.25.32): a parallel loop that fails sets the scheduler's error,
# which nothing clears. Later calls in that context then fail at random, with status 2
# and no message. The error belongs to the outermost loop running, and ends with it.
_STICKY_ERROR = """\
  (*timer) += task_timer;
  return scheduler->error;
"""
_CLEARED_ERROR = """\
  (*timer) += task_timer;
  int err = scheduler->error;
  if (worker->nested == 0) scheduler->error = 0;
  return err;
"""


def mend(source: Path) -> None:
    """Mend a generated C file in place."""
    text = source.read_text(encoding="utf-8")
    if text.count(_STICKY_ERROR) == 1:
        source.write_text(text.replace(_STICKY_ERROR, _CLEARED_ERROR), encoding="utf-8")
