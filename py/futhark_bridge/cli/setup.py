"""The command ``setup``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from futhark_bridge.setup.compiler import find_compiler
from futhark_bridge.setup.doctor import examine
from futhark_bridge.setup.fetch import compiler_release, ensure_compiler

if TYPE_CHECKING:
    from argparse import Namespace

_OF_BUILDS = ("Python headers", "C compiler")


def setup(options: Namespace) -> int:
    """Fetch the compiler unless there is one, and warn about other missing tools."""

    def progress(line: str) -> None:
        if not options.quiet:
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress

    if options.check:
        path = find_compiler()
    else:
        path = ensure_compiler(options.compiler, progress)
    version = compiler_release(path)
    for finding in examine():
        if finding.name in _OF_BUILDS and finding.state != "ok":
            warning = f"warning: no {finding.name}: {finding.advice}"
            print(warning, file=sys.stderr)  # noqa: T201 - the command's output
    if not options.quiet:
        sys.stdout.write(f"ready: Futhark {version} ({path})\n")
    return 0
