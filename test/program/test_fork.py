"""A forked process lacks Futhark's threads: calls are errors, and it exits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHILD = """
import os, sys, threading
from futhark_bridge import ValueStateError, load

module = load(sys.argv[1])
kept = module.entry.fresh(3)
figure = module.types.figure.construct("disc", 1.0)
holding, done = threading.Event(), threading.Event()

def hold():
    with module.program.lock:  # as a call in another thread does
        holding.set()
        done.wait()

thread = threading.Thread(target=hold)
if len(sys.argv) > 2:
    thread.start()
    holding.wait()
pid = os.fork()
if pid == 0:
    uses = [
        kept.to_numpy, figure.variant, figure.store, module.sync,
        lambda: module.entry.types(1), lambda: module.to_futhark("[]i32", [1]),
    ]
    for use in uses:
        try:
            print(use(), flush=True)
        except ValueStateError as error:
            print(error.code, error.message, flush=True)
    kept.free()
    with load(sys.argv[1]) as own:
        print(own.entry.types(1))
    sys.exit(0)  # a normal end: finalisers and all
done.set()
if thread.ident:
    thread.join()
_, status = os.waitpid(pid, 0)
print("child", status)
print("parent", kept.to_list(), figure.variant(), module.entry.types(1))
"""


def ran(path: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, path, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_fork_during_a_call_must_load_the_module_itself(
    programs: Callable[[str], Path],
) -> None:
    """What C has locked in a thread that is not there would never be free."""
    *errors, own, child, parent = ran(programs("types"), "during a call")
    assert len(errors) == 6
    assert all(line.startswith("wrong-module the module belongs to") for line in errors)
    assert (own, child) == ("2", "child 0")
    assert parent == "parent [0, 1, 2] disc 2"


@pytest.mark.parametrize("backend", ["c"], indirect=True)
def test_a_fork_of_a_sequential_program_has_its_own(
    programs: Callable[[str], Path],
) -> None:
    """Without threads the copy of the memory is all there is: it works on."""
    *given, own, child, parent = ran(programs("types"))
    assert given[:2] == ["[0 1 2]", "disc"]
    assert given[-2:] == ["2", "<FutharkArray []i32 of shape [1]>"]
    assert (own, child) == ("2", "child 0")
    assert parent == "parent [0, 1, 2] disc 2"
