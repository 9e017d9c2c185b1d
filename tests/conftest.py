"""What every test may ask for. The services themselves are started by services.py, before Django reads its settings."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings

from chains.clients.recursion import keep_recursion_limit
from tests.threads import pool_survey

E2E = Path(__file__).parent / "e2e"
# how long an example takes says nothing of the product on a machine that others share
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
keep_recursion_limit()  # before the first test, or hypothesis warns of one that was the first to make a client


@pytest.fixture(scope="session")
def server_url() -> str:
    """A PostgreSQL server on which databases may be made."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Valkey server, shared by the whole run."""
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return Path(__file__).parents[1]


@pytest.fixture
def clean_clients() -> Iterator[None]:
    """Cached chain clients are forgotten before and after."""
    from chains.config import forget_clients

    forget_clients()
    yield
    forget_clients()


@pytest.fixture(scope="session", autouse=True)
def emptied_between_tests() -> Iterator[None]:
    """A test with transactions of its own leaves a database that Django empties by `TRUNCATE`, which the audit trail refuses
    to everybody: here, and nowhere else, its trigger is put aside for that one statement."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    trigger = "ALTER TABLE access_auditentry {} TRIGGER never_emptied;"
    sql_flush = DatabaseOperations.sql_flush

    def flush(self: DatabaseOperations, style: Any, tables: Any, **options: Any) -> list[str]:
        found = sql_flush(self, style, tables, **options)
        return [trigger.format("DISABLE"), *found, trigger.format("ENABLE ALWAYS")] if found else found

    DatabaseOperations.sql_flush = flush  # type: ignore[method-assign,assignment]
    yield
    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """What this process asks of its database may stand in line for a core; how soon a service that runs by itself says that one
    is away is measured there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("balancer.reach.PATIENCE_SECONDS", 30.0)
        patch.setitem(settings.DATABASES["default"]["OPTIONS"]["pool"], "timeout", 30.0)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Who found no connection in the pool is told where they are."""
    report = yield
    if report.failed and "PoolTimeout" in str(report.longrepr):
        report.sections.append(("Connections to the database", pool_survey()))
    return report


@pytest.fixture(scope="session", autouse=True)
def operators_signed_in_wholly() -> Iterator[None]:
    """`force_login` and `admin_client`: see tests/operators.py."""
    from tests.operators import signed_in_wholly

    with signed_in_wholly():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test under tests/e2e bears the mark, so that a run may leave them out, or make them alone."""
    for item in items:
        if item.path.is_relative_to(E2E):
            item.add_marker("e2e")
