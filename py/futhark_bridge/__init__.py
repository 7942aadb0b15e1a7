"""Call Futhark programs from Python, with all of Futhark's types.

>>> import futhark_bridge
>>> with futhark_bridge.load("dct.fut") as dct:  # doctest: +SKIP
...     blocks = dct.entry.dct2d(image)  # stays in Futhark's memory
...     blocks.to_numpy()
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .errors import (
    ArgumentError,
    BuildError,
    FutharkError,
    OutOfMemoryError,
    ProgramError,
    ProtocolError,
    ValueStateError,
)
from .version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from .arguments.variant import VariantValue, variant
    from .bindings.program_info import (
        EntryPoint,
        Field,
        Parameter,
        ProgramInfo,
        Result,
        TuningParam,
        TypeInfo,
        Variant,
    )
    from .data.files import read_data, write_data
    from .module.entry import EntryFunction
    from .module.module import FutharkModule, load
    from .module.share import serve, share
    from .module.types import FutharkType
    from .notebook.extension import load_ipython_extension
    from .program.handle import FutharkOpaque, Value
    from .program.options import Options
    from .setup.build import build
    from .values.array import FutharkArray
    from .values.opaque_array import FutharkOpaqueArray
    from .values.record import FutharkRecord
    from .values.sum import FutharkSum
else:
    # Imported on first use, to keep the worker's start-up short: it needs few of them.
    _HOMES = {
        "EntryFunction": "module.entry",
        "EntryPoint": "bindings.program_info",
        "Field": "bindings.program_info",
        "FutharkArray": "values.array",
        "FutharkModule": "module.module",
        "FutharkOpaque": "program.handle",
        "FutharkOpaqueArray": "values.opaque_array",
        "FutharkRecord": "values.record",
        "FutharkSum": "values.sum",
        "FutharkType": "module.types",
        "Options": "program.options",
        "Parameter": "bindings.program_info",
        "ProgramInfo": "bindings.program_info",
        "Result": "bindings.program_info",
        "TuningParam": "bindings.program_info",
        "TypeInfo": "bindings.program_info",
        "Value": "program.handle",
        "Variant": "bindings.program_info",
        "VariantValue": "arguments.variant",
        "build": "setup.build",
        "load": "module.module",
        "load_ipython_extension": "notebook.extension",
        "read_data": "data.files",
        "serve": "module.share",
        "share": "module.share",
        "variant": "arguments.variant",
        "write_data": "data.files",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "ArgumentError",
    "BuildError",
    "EntryFunction",
    "EntryPoint",
    "Field",
    "FutharkArray",
    "FutharkError",
    "FutharkModule",
    "FutharkOpaque",
    "FutharkOpaqueArray",
    "FutharkRecord",
    "FutharkSum",
    "FutharkType",
    "Options",
    "OutOfMemoryError",
    "Parameter",
    "ProgramError",
    "ProgramInfo",
    "ProtocolError",
    "Result",
    "TuningParam",
    "TypeInfo",
    "Value",
    "ValueStateError",
    "Variant",
    "VariantValue",
    "__version__",
    "build",
    "load",
    "load_ipython_extension",
    "read_data",
    "serve",
    "share",
    "variant",
    "write_data",
]
