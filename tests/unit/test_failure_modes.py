"""docs/failure-modes.md names forty failure modes, and tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "failure-modes.md"
ROW = re.compile(r"\| (\d+) \| ([^|]+) \| ([^|]+) \|")


@cache
def functions(path: Path) -> set[str]:
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, defined)}


def test_every_failure_mode_has_tests_that_exist() -> None:
    rows = ROW.findall(PAGE.read_text())
    assert [int(number) for number, _, _ in rows] == list(range(1, 41))
    for _, name, cell in rows:
        named = re.findall(r"`([^`]+)::([^`]+)`", cell)
        assert named, f"{name}: {cell}"
        missing = [f"{path}::{test}" for path, test in named if test not in functions(TESTS / path)]
        assert not missing, f"{name}: {missing}"
