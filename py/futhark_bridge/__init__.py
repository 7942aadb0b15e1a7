"""Call Futhark programs from Python: every type, checked arguments, no leaks.

>>> import futhark_bridge
>>> with futhark_bridge.load("dct.fut") as dct:  # doctest: +SKIP
...     blocks = dct.entry.dct2d(image)  # stays in Futhark
...     blocks.to_numpy()
"""

from .arguments.lower import VariantValue, variant
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
from .errors import (
    ArgumentError,
    BuildError,
    FutharkError,
    OutOfMemoryError,
    ProgramError,
    ProtocolError,
    ValueStateError,
)
from .module.module import EntryFunction, FutharkModule, load
from .module.share import serve, share
from .module.types import FutharkType
from .notebook.extension import load_ipython_extension
from .program.handle import FutharkOpaque, Value
from .program.options import Options
from .values.array import FutharkArray
from .values.opaque_array import FutharkOpaqueArray
from .values.record import FutharkRecord
from .values.sum import FutharkSum

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
    "load",
    "load_ipython_extension",
    "serve",
    "share",
    "variant",
]
