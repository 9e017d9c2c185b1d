"""What is written for people agrees with what the code does."""

import re
from pathlib import Path

from swaps.diagram import page
from swaps.machine import Status
from swaps.progress import PROGRESS, steps_of

ROOT = Path(__file__).parents[3]


def test_the_state_diagram_is_the_table() -> None:
    assert (ROOT / "docs" / "states.md").read_text() == page(), "run manage.py state_diagram"


def test_every_variable_is_in_the_example() -> None:
    named = set(re.findall(r"^([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    sources = "".join(path.read_text() for path in (ROOT / "balancer" / "settings").glob("*.py"))
    read = set(re.findall(r"""env\.(?:str|int|bool|list|float)\(\s*["']([A-Z_]+)["']""", sources))
    read |= set(re.findall(r"""environ\.get\(["']([A-Z_]+)["']""", sources))
    assert read <= named, f"missing in .env.example: {sorted(read - named)}"


def test_every_status_has_its_progress() -> None:
    assert set(PROGRESS) == set(Status)
    for status in Status:
        assert len(steps_of(status)) == 5
    assert [state for _, state in steps_of(Status.COMPLETED)] == ["completed"] * 5
