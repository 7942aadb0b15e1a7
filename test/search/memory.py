"""The random walk with AddressSanitizer under the C code: no wrong access, no leak.

Slow, so it runs on its own: ``npm run test:memory [-- STEPS]``. Needs gcc's libasan.
The module is built anew with the sanitizer's flags; Python itself is not, so what the
interpreter keeps to its end is distinguished by where it was allocated.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from walk import Walk

from futhark_bridge import FutharkModule, load
from futhark_bridge.setup.build import build

PROGRAM = Path(__file__).parents[1] / "programs" / "walk.fut"
FLAGS = "-fsanitize=address -fno-omit-frame-pointer -g -O1"
STEPS = 100_000


def walk(module: FutharkModule, steps: int, seed: int) -> None:
    steps_left = Walk(module, seed)
    steps_left.steps(steps)
    steps_left.check()
    # Some are freed, some collected, some left to close().
    steps_left.handles = steps_left.handles[::2]
    gc.collect()


def leak(module: FutharkModule, *_: int) -> None:
    """Lose pointers: proof that a leak is found."""
    for value in [module.entry.fresh(n) for n in range(9)]:
        del module.program.context.live[value.ptr]


def use_after_free(module: FutharkModule, *_: int) -> None:
    """Read a freed array: proof that it is found."""
    value: Any = module.entry.fresh(1)
    pointer, owner = value.ptr, value.owner
    value.free()
    value.ptr, value.owner = pointer, owner
    value.to_numpy()


Task = Callable[[FutharkModule, int, int], None]
TASKS: dict[str, Task] = {"walk": walk, "leak": leak, "use-after-free": use_after_free}


def child(path: str, task: str, steps: str, seed: str) -> None:
    with load(path, num_threads=2) as module:
        TASKS[task](module, int(steps), int(seed))


def run(path: Path, task: str, steps: int, seed: int) -> tuple[int, str, int]:
    """Run one task in a process; return its status, its output and its leaks."""
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/report"
        options = f"detect_leaks=1:exitcode=0:log_path={log}:fast_unwind_on_malloc=1"
        done = subprocess.run(
            [sys.executable, __file__, str(path), task, str(steps), str(seed)],
            env={
                **os.environ,
                "LD_PRELOAD": libasan(),
                "ASAN_OPTIONS": options,
                "PYTHONMALLOC": "malloc",
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        reports = [report.read_text() for report in Path(folder).iterdir()]
    text = done.stdout + done.stderr + "".join(reports)
    leaks = [part for part in text.split("\n\n") if " leak of " in part]
    # Frames name the C file, or the module where they know no line.
    ours = [part for part in leaks if f"{path.name.partition('.')[0]}.c" in part]
    return done.returncode, "\n\n".join(ours) if ours else text, len(ours)


def libasan() -> str:
    name = subprocess.run(
        ["gcc", "-print-file-name=libasan.so"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    if not Path(name).is_file():
        sys.exit("memory: gcc has no libasan here: install it (Debian: libasan8)")
    return name


def main(steps: int) -> int:
    os.environ["CFLAGS"] = FLAGS
    seed = int(os.environ.get("FUTHARK_BRIDGE_SEED") or time.time_ns() % 2**32)
    wrong = 0
    for backend in ("c", "multicore"):
        path = build(PROGRAM, backend)
        for task in TASKS:
            started = time.monotonic()
            status, text, leaks = run(path, task, steps, seed)
            found = {
                "walk": status == 0 and leaks == 0 and "ERROR: Addr" not in text,
                "leak": status == 0 and leaks > 0,
                "use-after-free": "ERROR: AddressSanitizer: heap-use-after-free"
                in text,
            }[task]
            seconds = time.monotonic() - started
            what = f"{steps} steps, seed {seed}" if task == "walk" else "is found"
            print(
                f"{'ok' if found else 'NOT OK'}: {backend}, {task}, {what}: "
                f"status {status}, {leaks} leaks of ours, {seconds:.0f} s",
                flush=True,
            )
            if not found:
                print(text)
                wrong += 1
    return wrong


if __name__ == "__main__":
    if len(sys.argv) > 2:
        child(*sys.argv[1:])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) == 2 else STEPS))
