"""Runs Python blocks as cells of a notebook, in IPython, and prints what they show.

python cells.py FILE    FILE: the cells, as a list in JSON
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell


shell = InteractiveShell.instance()
shell.displayhook.write_output_prompt = lambda: None
for cell in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
    if not shell.run_cell(cell).success:
        sys.exit(f"this cell fails:\n{cell}")
