"""Which runs need real services: the plugin that every run loads decides it from the command line alone."""

from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import services

UNIT = str(Path("tests/unit").resolve())
INTEGRATION = str(Path("tests/integration").resolve())


def config(*paths: str, **options: bool) -> Any:
    chosen = Namespace(file_or_dir=list(paths), help=False, version=False)
    vars(chosen).update(options)
    return SimpleNamespace(known_args_namespace=chosen)


@pytest.mark.parametrize(
    ("paths", "is_unit_only"),
    [
        ([UNIT], True),
        ([f"{UNIT}/swaps/test_machine.py::TestLaws::test_it"], True),
        ([UNIT, f"{UNIT}/chains"], True),
        ([UNIT, INTEGRATION], False),
        ([INTEGRATION], False),
        ([f"{UNIT}/../integration"], False),
        ([f"{UNIT}ed"], False),
        ([], False),
    ],
)
def test_only_paths_of_unit_tests_do_without(paths: list[str], is_unit_only: bool) -> None:
    assert services._is_unit_only(config(*paths)) is is_unit_only


@pytest.mark.parametrize("option", ["help", "version"])
def test_questions_about_pytest_do_without(option: str) -> None:
    assert services._is_unit_only(config(**{option: True}))
