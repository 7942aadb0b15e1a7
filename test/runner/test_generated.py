import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("script", ["generate.py", "make_vectors.py"])
def test_generated_files_are_up_to_date(script: str) -> None:
    command = [sys.executable, str(ROOT / "arrow" / script), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
