"""Mends what the compiler's generated C gets wrong, before it is built.

Run as a program, mends the file that is named: with the standard library alone.
A mend names the exact text that it replaces, so that a compiler that has it right, or
different, is left alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

VERSION = "2"
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

# Multicore (seen in 0.25.32): a task that only wakes threads up may be left in the
# main thread's own queue, and closing the context then waits for ever for its end.
_OWN_QUEUE = """\
  // And then destroy our own queue.
"""
_EMPTIED_QUEUE = """\
  // And then destroy our own queue.
  struct subtask *left;
  while (subtask_queue_dequeue(&scheduler->workers[0], &left, 0) == 0) free(left);
"""
_MENDS = ((_STICKY_ERROR, _CLEARED_ERROR), (_OWN_QUEUE, _EMPTIED_QUEUE))


def mend(source: Path) -> None:
    """Mend a generated C file in place."""
    text = found = source.read_text(encoding="utf-8")
    for wrong, right in _MENDS:
        if text.count(wrong) == 1:
            text = text.replace(wrong, right)
    if text != found:
        source.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    mend(Path(sys.argv[1]))
