"""The notebook magic ``%%futhark``. Requires IPython."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from futhark_bridge.program.options import Options
from futhark_bridge.setup.build import BACKENDS

from .cells import load_cell

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@magics_class
class FutharkMagics(Magics):
    """The magics that ``%load_ext futhark_bridge`` registers."""

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
        help="also define a variable for each entry point",
    )
    @argument("-t", "--num-threads", type=int, help="number of threads (multicore)")
    @cell_magic
    def futhark(self, line: str, cell: str) -> None:
        """Compile the cell and load it as a module into the variable ``fut``."""
        options: Any = parse_argstring(self.futhark, line)
        if not options.name.isidentifier():
            raise UsageError(f"--name: expected an identifier, got {options.name}")
        module = load_cell(
            cell, 1, backend=options.backend, num_threads=options.num_threads
        )
        found: dict[str, Any] = {}
        if options.entries:
            found |= {name: module.entry[name] for name in module.entry}
        assert self.shell is not None
        self.shell.push({**found, options.name: module})
        display(module)


def register(shell: InteractiveShell) -> None:
    """Register the magics in a shell."""
    shell.register_magics(FutharkMagics)
