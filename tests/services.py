"""A pytest plugin (`-p tests.services`): a real PostgreSQL and Valkey for the run, started before Django reads its settings.

A conftest.py would come too late: pytest-django loads the settings before any. They end with the run, also after Ctrl-C,
also after `kill -9`. A run of unit tests alone gets addresses at which nothing answers. With pytest-xdist (`-n 2`) each worker
has its own: what two tests at the same time say to one Valkey would be heard by the other.
"""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

WORKER = "PYTEST_XDIST_WORKER"  # set by pytest-xdist in its workers
UNIT = Path(__file__).parent / "unit"
NOTHING_THERE = {
    "DATABASE_URL": "postgres://unit-tests-have-no-database@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
TEST_SETTINGS = {
    "API_KEY_SECRET": "test-bootstrap-key",
    "SECRET_KEYS": "",
    "DATABASE_POOL_SIZE": "20",
    # the tests' own process is none of the service's; those that start some say otherwise
    "PROCESS_HEARTBEATS": "false",
    "METRICS_DIR": "off",
    # a test's own rows are gone with it: none may come later
    "QUOTE_GATHER_MS": "0",
    # all tests come from one address
    "RATE_LIMIT_MAX_REQUESTS": "1000000",
    "RATE_LIMIT_WRONG_KEYS": "1000000",
    "RATE_LIMIT_KEY_MAX_REQUESTS": "10000000",
}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Set the environment that the settings read."""
    for name, value in TEST_SETTINGS.items():
        os.environ.setdefault(name, value)
    is_worker = WORKER in os.environ
    if not is_worker and os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    if _is_unit_only(early_config) or _has_workers(early_config):
        os.environ.update(NOTHING_THERE)
        return
    from balancer.embedded import EmbeddedError, ephemeral

    stack = ExitStack()
    early_config.add_cleanup(stack.close)
    try:
        services = stack.enter_context(ephemeral())
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from error
    os.environ.update(services.environment)


def _has_workers(config: pytest.Config) -> bool:
    """Whether this process only hands the tests out."""
    return WORKER not in os.environ and bool(getattr(config.known_args_namespace, "numprocesses", None))


def _is_unit_only(config: pytest.Config) -> bool:
    chosen = config.known_args_namespace
    if chosen.help or chosen.version:
        return True
    paths = [Path(word.split("::")[0]).resolve() for word in chosen.file_or_dir]
    return bool(paths) and all(path.is_relative_to(UNIT) for path in paths)
