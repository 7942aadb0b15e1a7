"""Runs Python blocks as cells of a notebook, in IPython, and prints what they show.

python cells.py FILE    FILE: the cells, as a list in JSON
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell


class Plain(DisplayHook):
    """Shows what a cell returns without its number."""

    def write_output_prompt(self) -> None:
        """Write nothing."""


shell = InteractiveShell.instance(displayhook_class=Plain)
for cell in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
    if not shell.run_cell(cell).success:
        sys.exit(f"this cell fails:\n{cell}")
