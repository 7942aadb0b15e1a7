"""The notebooks, executed as a user does: each by its own kernel, outputs checked."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dct_reference as reference
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
TIMEOUT = 120


@pytest.fixture(scope="module")
def jupyter() -> Iterator[None]:
    """Keep Jupyter's files and kernels in a new folder, apart from the user's."""
    folder = Path(tempfile.mkdtemp(prefix="futhark-bridge-"))
    python = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    tslab = ["node", str(ROOT / "node_modules/tslab/bin/tslab"), "kernel"]
    tslab += ["--config-path", "{connection_file}"]
    add_kernel(folder, "python3", python, {"PYTHONPATH": str(ROOT / "py")})
    add_kernel(folder, "tslab", tslab, {"PYTHONDONTWRITEBYTECODE": "1"})
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA_DIR", "CONFIG_DIR", "RUNTIME_DIR"):
            patch.setenv(f"JUPYTER_{name}", str(folder / name.lower()))
        patch.setenv("JUPYTER_PATH", str(folder))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("FUTHARK_BRIDGE_PYTHON", sys.executable)
        yield
    shutil.rmtree(folder)


def add_kernel(folder: Path, name: str, argv: list[str], env: dict[str, str]) -> None:
    home = folder / "kernels" / name
    home.mkdir(parents=True)
    spec = {"argv": argv, "env": env, "display_name": name, "language": name}
    (home / "kernel.json").write_text(json.dumps(spec))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have a project of a user that has the package, as built, and its dependencies."""
    project = tmp_path_factory.mktemp("project")
    package = project / "node_modules" / "futhark-bridge"
    package.parent.mkdir()
    code = "console.log(await (await import('./test/runner/packed.ts')).builtPackage())"
    node = ["node", "--import", "tsx", "--input-type=module", "-e", code]
    built = subprocess.run(
        node, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    # tslab watches what it has loaded, and fails if that changes while it runs a cell:
    # a copy, as other tests start workers in the original, which write bytecode.
    ignored = shutil.ignore_patterns("node_modules", "__pycache__")
    shutil.copytree(built.stdout.strip(), package, ignore=ignored)
    for path in (ROOT / "node_modules").iterdir():
        if not path.name.startswith(".") and path.name != package.name:
            (project / "node_modules" / path.name).symlink_to(path)
    (project / "package.json").write_text("{}")
    (project / "notebooks").mkdir()
    (project / "test").symlink_to(ROOT / "test")
    return project


class Executed:
    """A notebook with the outputs of one execution."""

    def __init__(self, name: str, folder: Path = NOTEBOOKS) -> None:
        notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", 4)  # type: ignore[no-untyped-call]
        place = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, timeout=TIMEOUT, resources=place).execute()
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]

    def outputs(self, start: str) -> list[Any]:
        """Return the outputs of the cell that has a line that starts so."""
        found = [
            cell.outputs
            for cell in self.cells
            if any(line.startswith(start) for line in cell.source.splitlines())
        ]
        assert len(found) == 1, f"{len(found)} cells have a line {start}…"
        outputs: list[Any] = found[0]
        return outputs

    def text(self, start: str) -> str:
        """Return what a cell printed, its values as plain text, its errors."""
        texts = [""]
        for output in self.outputs(start):
            if output.output_type == "error":
                texts += ["\n".join(output.traceback), ""]
            elif output.output_type == "stream":
                texts[-1] += output.text  # a line may come in several pieces
            else:
                texts += [output.data.get("text/plain", ""), ""]
        joined = "\n".join(text for text in texts if text)
        return re.sub(r"\x1b\[[\d;]*m", "", joined)

    def data(self, start: str, mime: str) -> Any:
        """Return the one output of a cell that has a mime type."""
        found = [o.data[mime] for o in self.outputs(start) if mime in o.get("data", {})]
        assert len(found) == 1, f"{len(found)} outputs of {mime}"
        return found[0]


def numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text)]


def test_notebooks_are_kept_without_outputs() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        assert code, path
        assert not any(cell["outputs"] for cell in code), path


@pytest.mark.usefixtures("jupyter")
def test_quick_start() -> None:
    notebook = Executed("quick-start")
    counts = mandelbrot(400, 600, 200)
    shown = notebook.text("counts = ")
    assert shown.splitlines()[0] == "FutharkArray [][]i32 of shape [400, 600]"
    assert shown.partition("\n")[2] == np.array2string(counts, threshold=1000)
    outside = counts[counts < 200]
    inside, mean = numbers(notebook.text("inside, mean = "))[:2]
    assert (inside, mean) == (counts.size - outside.size, round(outside.mean(), 6))
    for cell in ("plt.imshow", "plt.loglog"):
        assert len(notebook.data(cell, "image/png")) > 10_000
    assert notebook.text("  map (/ two)").splitlines() == [
        "Error at line 3:10-13:",
        "    3 |   map (/ two) xs",
        "      |          ^^^",
        'Unknown name "two"',
    ]
    refused = notebook.text("fut.entry.summary(200, np.zeros")
    assert "expected [][]i32, got f64 of shape [2, 2]" in refused
    assert notebook.text("fut.entry.mandelbrot(2") == "[[1, 3, 10], [10, 10, 10]]"


def mandelbrot(rows: int, columns: int, limit: int) -> Any:
    x = -2.2 + 0.006 * np.arange(columns)
    y = 1.2 - 0.006 * np.arange(rows)[:, None]
    a, b = np.zeros((2, rows, columns))
    counts = np.zeros((rows, columns), np.int32)
    for _ in range(limit):
        with np.errstate(over="ignore", invalid="ignore"):
            counts += a * a + b * b <= 4
            a, b = a * a - b * b + x, 2 * a * b + y
    return counts


@pytest.mark.usefixtures("jupyter")
def test_pipeline() -> None:
    notebook = Executed("pipeline")
    stdout = notebook.text("!node --import tsx pipeline.ts")
    assert "value: [1000000]f32, in the file's bytes" in stdout
    assert "1000000 rows of station, value, deviation" in stdout
    means = notebook.text("own = ")
    assert "counts and extremes equal: True" in means
    assert numbers(means)[-1] < 1e-9
    assert "reads the mapped file: True" in notebook.text("table = mapped")
    random = np.random.default_rng(1)
    station = random.integers(0, 8, 1_000_000, dtype=np.uint8)
    value = random.normal(20, 5, 1_000_000).astype(np.float32).astype(np.float64)
    mean = np.bincount(station, value) / np.bincount(station)
    off = value - mean[station]
    largest, spread = numbers(notebook.text("table = mapped").splitlines()[-2])
    np.testing.assert_allclose(
        [largest, spread], [abs(off).max(), off.std()], rtol=1e-6
    )
    kinds = dict(table_rows(notebook.data("columns = {", "text/html")))
    assert {name: row[1:] for name, row in kinds.items() if row[1] != "refused"} == {
        "integers": ["[4]i16", "shared"],
        "floats": ["[4]f32", "shared"],
        "halves": ["[4]f16", "shared"],
        "packed bits": ["[4]bool", "copied"],
        "bool8": ["[4]bool", "shared"],
        "fixed size lists": ["[4][2]i32", "shared"],
        "tensors": ["[4][3][2]f32", "shared"],
        "dictionary of numbers": ["[4]f64", "copied"],
    }
    assert len(kinds) == 14
    assert kinds["nulls"][2] == "expected Arrow data without nulls, got 1 nulls"
    chunks = table_rows(notebook.data("taken = described(", "text/html"))
    assert chunks == [("copied", ["8"])]


def table_rows(page: str) -> list[tuple[str, list[str]]]:
    """Return the rows of a table that polars shows, by their first cell."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    found = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in rows]
    cells = [[html.unescape(cell).strip('"') for cell in row] for row in found if row]
    return [(row[0], row[1:]) for row in cells[1:]]  # the first has the types


@pytest.mark.usefixtures("jupyter")
def test_notebook_to_node() -> None:
    notebook = Executed("notebook-to-node")
    mass = numbers(notebook.text("model = fut.entry.step"))[0]
    np.testing.assert_allclose(mass, chemicals(500), rtol=1e-3)
    assert notebook.text("shared = ") == "'0o600'"
    stdout = notebook.text("!node --import tsx render.ts")
    assert f"found model: {mass:.6f}" in stdout
    assert "[128][128][3]u8 in " in stdout
    png = notebook.data("Image(filename", "image/png")
    assert picture(png).shape == (128, 128, 3)
    checked = notebook.text("ours, theirs = ")
    assert "the same picture: True" in checked
    here, later = numbers(checked)
    assert here == mass
    assert f"after 2500 steps more: {later:.6f}" in stdout


def chemicals(steps: int) -> float:
    """Do the notebook's model in numpy."""
    u, v = np.ones((2, 128, 128), np.float32)
    v[:] = 0
    i, j = np.indices((128, 128))
    for y, x in np.random.default_rng(3).integers(0, 128, (12, 2)):
        near = (abs(i - y) < 5) & (abs(j - x) < 5)
        u[near], v[near] = 0.5, 0.25
    for _ in range(steps):
        reaction = u * v * v
        u, v = (
            u + laplace(u) - reaction + np.float32(0.037) * (1 - u),
            v + np.float32(0.5) * laplace(v) + reaction - np.float32(0.097) * v,
        )
    return float(v.sum(dtype=np.float64))


def laplace(a: Any) -> Any:
    def moved(*by: int) -> Any:
        return np.roll(a, by, (0, 1))

    sides = moved(1, 0) + moved(-1, 0) + moved(0, 1) + moved(0, -1)
    corners = moved(1, 1) + moved(1, -1) + moved(-1, 1) + moved(-1, -1)
    return np.float32(0.2) * sides + np.float32(0.05) * corners - a


@pytest.mark.usefixtures("jupyter")
def test_typescript_notebook(project: Path) -> None:
    notebook = Executed("photo-dct-typescript", project / "notebooks")
    assert "<td>dct_blocks</td>" in notebook.data("const fut = ", "text/html")
    photo = picture(notebook.data("display.png(await toPng(photo", "image/png"))
    assert photo.shape == (600, 512, 3)
    blocks = reference.forward(reference.to_blocks(photo))
    block = notebook.data("const blocks = ", "text/html")
    shown = [float(x) for x in re.findall(r"<td>(-?[\d.e-]+)</td>", block)]
    # Each row begins with its index.
    table = np.array(shown).reshape(8, 9)[:, 1:]
    np.testing.assert_allclose(table, blocks[2, 0, 0], atol=2e-3)
    squeezed = picture(notebook.data("display.png(await toPng(await", "image/png"))
    psnrs = numbers(notebook.text("const rows"))
    kept = [
        reference.to_photo(
            600, 512, reference.inverse(reference.keep_largest(k, blocks))
        )
        for k in (1, 4, 32)
    ]
    expected = [reference.psnr(photo, back) for back in kept]
    np.testing.assert_allclose([psnrs[0], psnrs[2], psnrs[5]], expected, atol=1e-3)
    # In single precision a few blocks keep another of two nearly equal coefficients.
    assert np.mean(squeezed == kept[1]) > 0.999
    svg = notebook.data("const chart", "image/svg+xml")
    assert svg.startswith("<svg")
    assert "PSNR (dB)" in svg


def picture(png: str) -> Any:
    """Decode a picture of a notebook, by another library than made it."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))
