"""What strangers wrote is shown again without secrets; and no log shows one by a traceback's local variables."""

import io
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from access.masking import masked
from balancer.settings.logs import logging_config

SECRET = bytes(range(100, 132))


@given(st.text(max_size=20), st.binary(min_size=24, max_size=80), st.text(max_size=20), st.booleans())
def test_no_long_hexadecimal_number_is_left(before: str, raw: bytes, after: str, upper: bool) -> None:
    written = raw.hex().upper() if upper else raw.hex()
    assert written not in masked(f"{before}0x{written}{after}")


def test_ids_and_words_are_left_alone() -> None:
    for text in (
        "sess_" + "a2b3" * 6,
        "we_" + "c" * 24,
        "/api/v1/sessions?limit=5",
        "0x742d35Cc6634C0532925a3b844Bc9e7595f2BD4e",
    ):
        assert masked(text) == text


class Console(io.StringIO):
    """What was written; lines that wait for others are, when they are looked for."""

    def getvalue(self) -> str:
        for handler in logging.getLogger().handlers:
            handler.flush()
        return super().getvalue()


@pytest.fixture(params=[True, False], ids=["json", "console"])
def log_text(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the service would log, in either form."""
    before = structlog.get_config()
    text = Console()
    config = logging_config("DEBUG", json=request.param)
    config["handlers"]["stdout"]["stream"] = text
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logging.config.dictConfig(config)

    yield text
    structlog.configure(**before)
    root.handlers[:], root.level = handlers, level


def fail(held: bytes) -> None:
    text = held.hex()
    raise ValueError(f"cannot use {text}")


@pytest.mark.parametrize("library", [True, False], ids=["library", "ours"])
def test_secret_leak_a_traceback_in_the_log_shows_no_local_variable(log_text: io.StringIO, library: bool) -> None:
    logger = logging.getLogger("a.library") if library else structlog.get_logger("ours")
    try:
        fail(SECRET)
    except ValueError:
        logger.exception("it broke")
    written = log_text.getvalue()
    assert "it broke" in written
    assert "ValueError" in written
    for form in (SECRET.hex(), repr(SECRET)[2:20], repr(SECRET)[2:-1]):
        assert form not in written


def test_secret_leak_requests_are_logged_without_what_looks_like_one(log_text: io.StringIO) -> None:
    path = f"/api/v1/sessions/0x{SECRET.hex()}"
    logging.getLogger("django.request").warning("Not Found: %s", path)
    structlog.get_logger("ours").info(
        "request_started", request=f"GET {path}", user_agent=SECRET.hex(), session="sess_a"
    )
    written = log_text.getvalue()
    assert written.count("/api/v1/sessions/[hex]") == 2
    assert SECRET.hex() not in written
    assert "sess_a" in written


def test_what_our_own_events_name_stays(log_text: io.StringIO) -> None:
    """Hashes of transactions are what one looks for in a log."""
    structlog.get_logger("ours").info("swap.leg_locked", tx="0x" + "ab" * 32)
    assert "ab" * 32 in log_text.getvalue()


def test_djangos_own_handlers_print_nothing_beside_ours(log_text: io.StringIO) -> None:
    assert logging.getLogger("django").handlers == []
    assert logging.getLogger("django.server").handlers == []
