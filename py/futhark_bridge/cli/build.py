"""The command ``build``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from futhark_bridge.setup import build as builder

if TYPE_CHECKING:
    from argparse import Namespace


def build(options: Namespace) -> int:
    """Build a program's module into a folder, and print the files."""
    module = builder.build(options.program, options.backend, options.output)
    stem = module.name.partition(".")[0].removeprefix("_")
    for path in (module, Path(options.output, f"{stem}.json")):
        sys.stdout.write(f"{path}\n")
    return 0
