"""The command ``doctor``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from futhark_bridge.setup.doctor import examine

if TYPE_CHECKING:
    from argparse import Namespace

_MARKS = {"ok": "✓", "limited": "!", "missing": "✗"}


def doctor(options: Namespace) -> int:
    """Print the findings; the status is 1 if something required is missing."""
    findings = examine()
    if options.json:
        text = json.dumps([finding.to_json() for finding in findings], indent=2)
        sys.stdout.write(f"{text}\n")
    else:
        encoding = sys.stdout.encoding or "ascii"
        for finding in findings:
            found = f": {finding.found}" if finding.found else ""
            line = f"{_MARKS[finding.state]} {finding.name}{found}"
            line += f"\n    {finding.advice}" if finding.advice else ""
            sys.stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")
    return int(any(finding.state == "missing" for finding in findings))
