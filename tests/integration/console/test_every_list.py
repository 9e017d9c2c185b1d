"""Every list of the console asks a number of questions that does not grow with what is in it."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.crowd import crowd_make
from tests.integration.console.pages import lists, queries_of

pytestmark = pytest.mark.usefixtures("chains")
MOST = 30


def test_queries_are_constant_on_every_list(db: None, operator: Callable[..., Client]) -> None:
    client = operator()
    crowd_make(40, active=20)
    few = {path: queries_of(client, path) for path in lists()}
    crowd_make(1_000, active=200, first=40)
    many = {path: queries_of(client, path) for path in lists()}
    assert len(few) > 30, "the walk has lost its way"
    assert not {path: (few[path], many[path]) for path in many if many[path] > few[path]}
    assert not {path: asked for path, asked in many.items() if asked > MOST}
