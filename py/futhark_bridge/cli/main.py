"""The commands and their options."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from futhark_bridge.errors import FutharkError
from futhark_bridge.setup.build import BACKENDS
from futhark_bridge.setup.fetch import RELEASES
from futhark_bridge.version import VERSION

from . import build, doctor, info, run, setup

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROGRAM = "python -m futhark_bridge"
_MODULE = "an import name, a built module, its stem or manifest, or a .fut file"
_RUN = """\
Arguments are literals, files, or - for stdin. A file may hold the values of several
parameters: Futhark's data (text or binary), .npy, .npz, Arrow IPC (a value for each
column), or a stored value (.futv); also compressed by gzip, of at most 1 GiB when
unpacked. Records and sums are JSON: {"x": 1, "y": 2}, {"variant": "rect", "payload":
[3, 4]}; tuples are arrays.

Results go to stdout as text (JSON for records and sums), or to -o FILE by its
extension: .in .out .txt (text), .data .bin (binary), .json, .npy, .npz, .futv; a
further .gz compresses.

examples:
  python -m futhark_bridge run stats.fut mean '[1, 2.5, 3]'
  python -m futhark_bridge run dct.fut dct2d image.npy -o blocks.npy
  python -m futhark_bridge run stats.fut shift -- -1.5f32 -    starts with a dash
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command; return the status: 0, 1 if it failed, 2 for a usage error."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:  # after help, the version or a usage error
        return int(end.code or 0)
    try:
        status: int = options.command(options)
        sys.stdout.flush()
    except run.UsageError as error:
        return _fail(str(error), 2)
    except FutharkError as error:
        backtrace = getattr(error, "backtrace", "")
        return _fail(f"{error.message}\n{backtrace}" if backtrace else error.message, 1)
    except BrokenPipeError:
        # The reader closed the pipe; Python would report that again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(str(error), 1)
    except KeyboardInterrupt:
        return 130
    return status


def _fail(message: str, status: int) -> int:
    text = message.encode(errors="replace").decode()
    print(f"error: {text}", file=sys.stderr)  # noqa: T201 - the command's output
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        _PROGRAM, description="Call Futhark programs, and build their modules."
    )
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(required=True, metavar="command")

    one = commands.add_parser(
        "setup", help="fetch the Futhark compiler if there is none"
    )
    one.add_argument(
        "--compiler", choices=RELEASES, help="take it from this release of Debian"
    )
    one.add_argument(
        "--check", action="store_true", help="change nothing; fail if missing"
    )
    one.add_argument("--quiet", action="store_true", help="print only errors")
    one.set_defaults(command=setup.setup)

    one = commands.add_parser(
        "doctor", help="show what is installed and what is missing"
    )
    one.add_argument("--json", action="store_true", help="print the findings as JSON")
    one.set_defaults(command=doctor.doctor)

    one = commands.add_parser("build", help="compile a program and build its module")
    one.add_argument("program", help="the program (.fut)")
    _add_backend(one)
    one.add_argument("-o", "--output", default="build", help="folder (default: build)")
    one.set_defaults(command=build.build)

    one = commands.add_parser(
        "info", help="show the entry points and types of a program"
    )
    one.add_argument("module", help=_MODULE)
    one.add_argument("--json", action="store_true", help="print them as JSON")
    _add_backend(one)
    one.set_defaults(command=info.info)

    one = commands.add_parser(
        "run",
        help="call an entry point with values from the command line, files or stdin",
        epilog=_RUN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    one.add_argument("module", help=_MODULE)
    one.add_argument("entry", help="the entry point")
    one.add_argument("args", nargs="*", help="its arguments")
    one.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        help="file for all results, or one -o for each",
    )
    one.add_argument("--format", choices=run.FORMATS, help="format of the results")
    _add_backend(one)
    one.add_argument("--threads", type=int, help="number of threads (multicore, ispc)")
    one.add_argument("--device", help="part of its name, or #k (GPU back ends)")
    one.add_argument("--tuning", help="file of tuning parameters")
    one.set_defaults(command=run.run)
    return parser


def _add_backend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-b",
        "--backend",
        choices=BACKENDS,
        default="multicore",
        help="what to compile a .fut for (default: multicore)",
    )
