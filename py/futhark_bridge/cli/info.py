"""The command ``info``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from futhark_bridge.bindings.describe import signature_text, structure_text
from futhark_bridge.module.module import load

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from futhark_bridge.bindings.program_info import ProgramInfo


def info(options: Namespace) -> int:
    """Print a program's entry points and types, as text or JSON."""
    with load(options.module, backend=options.backend) as module:
        found = module.program.info
    if options.json:
        whole = {"module": options.module, **found.to_json()}
        del whole["operations"], whole["program"]
        text = json.dumps(whole, indent=2)
    else:
        text = describe(options.module, found)
    sys.stdout.write(f"{text}\n")
    return 0


def describe(module: str, found: ProgramInfo) -> str:
    """Return a program's description: a line for each entry point and type."""
    version = found.compiler_version
    compiler = f"Futhark {version}" if version else "compiler unknown"
    entries: list[str] = []
    for point in found.entry_points:
        entries.append(signature_text(point))
        if point.doc:
            entries += [f"    {line}" for line in point.doc.strip().splitlines()]
    types = [(t.name, structure_text(t)) for t in found.types]
    tuning = [(t.name, t.class_) for t in found.tuning_params]
    sections = [
        f"{module}: {found.backend}, {compiler}",
        _section("Entry points", entries) or "No entry points",
        _section("Types", _table(types)),
        _section("Tuning parameters", _table(tuning)),
    ]
    return "\n\n".join(filter(None, sections))


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"  {line}" for line in lines)]) if lines else ""


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = min(28, max((len(name) for name, _ in rows), default=0))
    return [f"{name:{width}}  {text}".rstrip() for name, text in rows]
