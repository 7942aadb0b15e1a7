"""Call Futhark programs from Python: every type, checked arguments, no leaks.

>>> import futhark_bridge
>>> with futhark_bridge.load("dct.fut") as dct:  # doctest: +SKIP
...     blocks = dct.entry.dct2d(image)  # stays in Futhark
...     blocks.to_numpy()
"""

from ._arguments import VariantValue, variant
from ._array import FutharkArray
from ._info import (
    EntryPoint,
    Field,
    Parameter,
    ProgramInfo,
    Result,
    TuningParam,
    TypeInfo,
    Variant,
)
from ._module import EntryFunction, FutharkModule, load
from ._notebook import load_ipython_extension
from ._opaque_array import FutharkOpaqueArray
from ._options import Options
from ._record import FutharkRecord
from ._share import serve, share
from ._sum import FutharkSum
from ._type_api import FutharkType
from ._values import FutharkOpaque, Value
from .errors import (
    ArgumentError,
    BuildError,
    FutharkError,
    OutOfMemoryError,
    ProgramError,
    ProtocolError,
    ValueStateError,
)

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
