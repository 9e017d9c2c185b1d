"""The list of sessions: how many queries, and by which way they find their rows. How long: ../console/test_speed.py."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from swaps.models import SwapSession
from swaps.search import sessions_found
from tests.crowd import crowd_make
from tests.integration.console.pages import session_lists

LIST_QUERIES = 17  # eleven, and six more where a whole hash is searched for


@pytest.fixture
def crowd(chains: Any) -> Any:
    return crowd_make(2_000)


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def test_the_list_asks_a_constant_number_of_queries(crowd: Any, root: Client) -> None:
    for address in session_lists(crowd):
        root.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert root.get(address).status_code == 200
        assert len(asked) <= LIST_QUERIES, (address, [one["sql"][:150] for one in asked])
        counting = [one["sql"] for one in asked if "COUNT(" in one["sql"] and "swaps_swapsession" in one["sql"]]
        assert all("LIMIT" in sql or "finished_at" in sql for sql in counting), counting


def test_a_search_never_reads_every_row(crowd: Any) -> None:
    """By the database's own plan, when it is told that reading all is dear."""
    session = SwapSession.objects.get(pk=crowd.finished[0])
    terms = [
        session.pk,
        session.pk[:14],
        session.hashlock,
        session.salt[:12],
        "0x12345678",
        "carol.near",
        "key:00000000000d",
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for term in terms:
            plan = SwapSession.objects.filter(sessions_found(term)).explain()
            assert "Seq Scan" not in plan and "Index" in plan, (term, plan)
