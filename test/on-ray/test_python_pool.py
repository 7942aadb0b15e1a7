"""Pools for Python, on a real cluster: run with ``npm run test:ray``."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from futhark_bridge.errors import ArgumentError
from futhark_bridge.ray import Pool

ROOT = Path(__file__).parents[2]
NO_RAY = importlib.util.find_spec("ray") is None
needs_ray = pytest.mark.skipif(NO_RAY, reason="Ray is not installed: npm run test:ray")

POOL = """
import os, signal, sys
import numpy as np
from futhark_bridge import load, ProgramError, ArgumentError, ValueStateError
from futhark_bridge.ray import Pool
program = sys.argv[1]
with Pool(program, backend="c", actors=2) as pool, load(program, backend="c") as here:
    xs = [np.arange(1, n, dtype=np.int32) for n in range(2, 40)]
    got = pool.map("reciprocals", xs)
    assert all(np.array_equal(a, here.entry.reciprocals(x).to_numpy())
               for a, x in zip(got, xs, strict=True))
    for name, args, kind in (("positive", (-1,), ProgramError),
                             ("positive", ("x",), ArgumentError),
                             ("positiv", (1,), ArgumentError)):
        try:
            pool.run(name, *args)
        except kind as error:
            assert name in str(error), error
        else:
            raise AssertionError(name)
    shared = pool.put(np.arange(100_000, dtype=np.int32))
    assert pool.map("element", [(shared, i) for i in (5, 99_999)]) == [5, 99_999]
    taken = []
    def source():
        for i in range(1, 200):
            taken.append(i)
            yield i
    results = pool.imap("positive", source())
    assert next(results) == 1 and len(taken) < 40, len(taken)
    results.close()
    assert pool.map("positive", range(1, 20)) == list(range(1, 20))
    later = pool.imap("positive", range(1, 1000))
    assert next(later) == 1
for use in (lambda: pool.put(xs[0]), lambda: pool.run("positive", 1),
            lambda: list(later)):
    try:
        use()
    except ValueStateError as error:
        assert "was closed" in str(error), error
    else:
        raise AssertionError
assert "RAY_AUTH_TOKEN_PATH" not in os.environ
# Ray keeps the first token of a process.
with Pool(program, backend="c", actors=1) as pool:
    try:
        pool.run("element", shared, 5)
    except ArgumentError as error:
        assert "another pool" in str(error), error
    else:
        raise AssertionError
    assert pool.run("positive", 3) == 3
print("done")
"""

BATCHES = """
import shutil, sys, tempfile
import numpy as np
import ray
from futhark_bridge.ray import Batches
folder = tempfile.mkdtemp(prefix="fb-ray-", dir="/tmp")
ray.init("local", num_cpus=3, include_dashboard=False, log_to_driver=False,
    _temp_dir=folder)
xs = np.arange(1, 101, dtype=np.int32)
data = ray.data.from_items([{"xs": int(x)} for x in xs])
data = data.map_batches(lambda b: {"xs": b["xs"].astype(np.int32)})
data = data.map_batches(Batches, concurrency=1,
    fn_constructor_args=(sys.argv[1], "reciprocals", ["xs"], ["ys"]),
    fn_constructor_kwargs={"backend": "c"})
got = {int(row["xs"]): int(row["ys"]) for row in data.take_all()}
assert got == {int(x): 1000 // int(x) for x in xs}
ray.shutdown()
shutil.rmtree(folder)
print("done")
"""


@pytest.mark.parametrize(
    "options",
    [
        {"actors": 0},
        {"actors": True},
        {"cpus": -1},
        {"cpus": 1.5},
        {"gpus": float("nan")},
        {"in_flight": 0},
        {"retries": -1},
        {"lost_after": 0},
        {"address": ""},
        {"address": "local"},
        {"address": "ray://head:10001"},
    ],
)
def test_a_wrong_option_is_refused_before_anything_starts(options: Any) -> None:
    [name] = options
    with pytest.raises(ArgumentError, match=f"^{name}: expected"):
        Pool("nothing.fut", **options)


def run(code: str, *args: str, **env: str) -> None:
    # In a process of its own: Ray has one cluster per process, and keeps its settings.
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        cwd=ROOT,
        env={**os.environ, **env, "PYTHONPATH": str(ROOT / "py")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("done")


@needs_ray
def test_a_pool_gives_what_the_program_gives_in_process() -> None:
    run(POOL, str(ROOT / "test/programs/errors.fut"))


@needs_ray
@pytest.mark.skipif(
    importlib.util.find_spec("pandas") is None,
    reason="Ray Data needs pandas, which is no part of a checkout",
)
def test_ray_data_calls_an_entry_point_on_columns(tmp_path: Path) -> None:
    # Ray would leave a token in the home folder.
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("0" * 64)
    auth = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
    run(BATCHES, str(ROOT / "test/programs/errors.fut"), **auth)


@needs_ray
def test_the_notebook_runs() -> None:
    notebook = json.loads((ROOT / "notebooks/cluster.ipynb").read_text())
    cells = [c["source"] for c in notebook["cells"] if c["cell_type"] == "code"]
    run("\n".join("".join(source) for source in cells) + "\nprint('done')")
