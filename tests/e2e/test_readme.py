"""The README's example, pasted."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from devnet.service import Service

pytestmark = pytest.mark.e2e


def test_the_example_runs_as_written(service: Service, root: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
    assert code is not None
    text = code[1].replace("http://localhost:8080", service.base_url)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.match(r"sess_\w+ initialized \['self', 'order'\]", done.stdout), done.stdout
