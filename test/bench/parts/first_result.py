"""What a Python user writes to call one entry point: load the module, call, print."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from futhark_ffi import Futhark

path = Path(sys.argv[1])
spec = importlib.util.spec_from_file_location(path.name.partition(".")[0], path)
assert spec is not None
assert spec.loader is not None
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(Futhark(module).add_one(41), flush=True)
