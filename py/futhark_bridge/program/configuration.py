"""The configuration of a C context: options and tuning parameters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from futhark_bridge.bindings.program_info import TuningParam
from futhark_bridge.errors import ArgumentError
from futhark_bridge.spelling import did_you_mean

if TYPE_CHECKING:
    from .options import Options

# Names that set_tuning_param of the GPU back ends accepts for any program.
_GPU_DEFAULTS = frozenset(
    f"default_{what}"
    for what in (
        "thread_block_size",
        "group_size",
        "grid_size",
        "num_groups",
        "threshold",
        "tile_size",
        "reg_tile_size",
        "registers",
        "cache",
        "shared_memory",
    )
)


def tuning_params(ffi: Any, lib: Any) -> tuple[TuningParam, ...]:
    """List the tuning parameters that a module was compiled with."""
    return tuple(
        TuningParam(
            ffi.string(lib.futhark_get_tuning_param_name(i)).decode(),
            ffi.string(lib.futhark_get_tuning_param_class(i)).decode(),
        )
        for i in range(lib.futhark_get_tuning_param_count())
    )


def check_tuning(values: dict[str, int], known: set[str], *, gpu: bool) -> None:
    """Raise `ArgumentError` for tuning parameters that a program does not have."""
    for name in values:
        if name not in known and not (gpu and name in _GPU_DEFAULTS):
            names = ", ".join(sorted(known)) or "none"
            raise ArgumentError(
                f"tuning: this program has no parameter {name}; it has {names}"
                f"{did_you_mean(name, known)}"
            )


def configure(
    lib: Any, config: Any, backend: str, options: Options, tuning: dict[str, int]
) -> None:
    """Apply options to the configuration of a context.

    Raises
    ------
    ArgumentError
        If an option does not apply to the back end, or its value is invalid.
    """
    prefix = "futhark_context_config_set_"
    for flag in ("debugging", "profiling", "logging"):
        if getattr(options, flag):
            getattr(lib, prefix + flag)(config, 1)
    for key in ("device", "platform"):
        value = getattr(options, key)
        if value is None:
            continue
        setter = getattr(lib, prefix + key, None)
        if setter is None:
            raise ArgumentError(f"{key}: the {backend} back end has no {key}s")
        setter(config, _c_text(key, str(value)))
    _add_build_options(lib, config, backend, options.build_options)
    if options.num_threads is not None:
        count = _thread_count(options.num_threads)
        # Back ends without the setting ignore it.
        if set_threads := getattr(lib, prefix + "num_threads", None):
            set_threads(config, count)
    if options.cache_file is not None:
        path = Path(options.cwd or "", options.cache_file)
        getattr(lib, prefix + "cache_file")(config, _c_text("cache_file", path))
    for name, number in tuning.items():
        if getattr(lib, prefix + "tuning_param")(config, name.encode(), number):
            raise ArgumentError(f"tuning: {name} = {number} was rejected")


def _add_build_options(lib: Any, config: Any, backend: str, given: object) -> None:
    if given is None:
        return
    names = given if isinstance(given, (list, tuple)) else (None,)
    if not all(isinstance(name, str) and "\0" not in name for name in names):
        raise ArgumentError(f"build_options: expected a list of str: {given!r:.80}")
    prefix = "futhark_context_config_add_"
    # CUDA has a name of its own for it.
    found = (getattr(lib, prefix + f"{x}_option", None) for x in ("build", "nvrtc"))
    add = next(filter(None, found), None)
    if add is None:
        raise ArgumentError(
            f"build_options: the {backend} back end compiles no device code"
        )
    for name in names:
        add(config, str(name).encode())


def _c_text(option: str, value: str | os.PathLike[str]) -> bytes:
    """Return text as C takes it; refuse what C would truncate or cannot represent."""
    try:
        text = os.fsencode(value)
    except UnicodeEncodeError as error:
        raise ArgumentError(f"{option}: {str(value)!a}: {error.reason}") from error
    if b"\0" in text:
        raise ArgumentError(f"{option}: {str(value)!a}: a null character")
    return text


def _thread_count(value: object) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole and 1 <= value < 2**31):  # type: ignore[operator]
        raise ArgumentError(f"num_threads: expected a whole number from 1: {value!r}")
    return value  # type: ignore[return-value]
