"""The notebook magic ``%%futhark``. Requires IPython."""

from __future__ import annotations

import builtins
import sys
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.options import Options
from futhark_bridge.setup.build import BACKENDS

from .cells import load_cell

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from futhark_bridge.module.module import FutharkModule


@magics_class
class FutharkMagics(Magics):
    """The magics that ``%load_ext futhark_bridge`` registers."""

    def __init__(self, shell: InteractiveShell | None = None) -> None:
        super().__init__(shell)
        self._made: dict[str, tuple[FutharkModule, dict[str, Any]]] = {}

    @magic_arguments()
    @argument(
        "-b",
        "--backend",
        choices=BACKENDS,
        default=Options().backend,
        help="back end to compile with (default: %(default)s)",
    )
    @argument(
        "-n",
        "--name",
        default="fut",
        help="variable to assign the module to (default: %(default)s)",
    )
    @argument(
        "-e",
        "--entries",
        action="store_true",
        help="also define a variable for each entry point, unless it would hide one "
        "of Python's own names",
    )
    @argument(
        "--entry",
        action="append",
        default=[],
        metavar="NAME[=VARIABLE]",
        help="define a variable for one entry point, under another name if given",
    )
    @argument(
        "-t", "--num-threads", type=int, help="number of threads (multicore, ispc)"
    )
    @argument("--device", help="part of its name, or #k for the k-th (GPU back ends)")
    @argument("--platform", help="part of its name, or #k for the k-th (OpenCL)")
    @argument("--tuning", help="file of tuning parameters, from futhark autotune")
    @argument(
        "--profiling", action="store_true", help="collect what fut.report() returns"
    )
    @cell_magic
    def futhark(self, line: str, cell: str) -> None:
        """Compile the cell and load it as a module into the variable ``fut``.

        Running a cell again closes the module that it created before, which frees its
        values, unless the variable was reassigned.
        """
        options: Any = parse_argstring(self.futhark, line)
        _check_variable("--name", options.name)
        wanted = dict(_renamed(text) for text in options.entry)
        variables = [options.name, *wanted.values()]
        if twice := next((v for v in variables if variables.count(v) > 1), None):
            raise UsageError(f"--entry: two values for the variable {twice}")
        module = load_cell(
            cell,
            1,
            backend=options.backend,
            num_threads=options.num_threads,
            device=options.device,
            platform=options.platform,
            tuning=options.tuning,
            profiling=options.profiling,
        )
        try:
            found = {variable: module.entry[name] for name, variable in wanted.items()}
        except ArgumentError as error:
            module.close()
            raise UsageError(f"--entry: {error.message}") from None
        if options.entries:
            for name in module.entry:
                if name in wanted:
                    continue
                if _is_pythons(name):
                    _warn(name, options.name)
                else:
                    found[name] = module.entry[name]
        assert self.shell is not None
        self._forget(options.name)
        self._made[options.name] = (module, found)
        self.shell.push({**found, options.name: module})
        display(module)

    def _forget(self, name: str) -> None:
        """Close the module that a cell put into a variable, and drop its entries."""
        assert self.shell is not None
        variables = self.shell.user_ns
        module, found = self._made.pop(name, (None, {}))
        if module is None or variables.get(name) is not module:
            return
        for variable, entry in found.items():
            if variables.get(variable) is entry:
                del variables[variable]
        module.close()


def _renamed(text: str) -> tuple[str, str]:
    """Return the entry point and the variable of ``NAME`` or ``NAME=VARIABLE``."""
    name, _, variable = text.partition("=")
    _check_variable("--entry", variable or name)
    return name, variable or name


def _check_variable(option: str, name: str) -> None:
    if not name.isidentifier() or iskeyword(name):
        raise UsageError(f"{option}: expected an identifier, got {name}")


def _is_pythons(name: str) -> bool:
    """Return whether a name is a built-in, or not a valid identifier."""
    return hasattr(builtins, name) or not name.isidentifier() or iskeyword(name)


def _warn(name: str, module: str) -> None:
    why = (
        "hides Python's own"
        if hasattr(builtins, name)
        else "is not a valid Python name"
    )
    print(  # noqa: T201 - in the cell's output
        f"{name} {why}, so it is not defined: use {module}.entry[{name!r}], or "
        f"--entry {name}=NAME",
        file=sys.stderr,
    )


def register(shell: InteractiveShell) -> None:
    """Register the magics in a shell."""
    shell.register_magics(FutharkMagics)
