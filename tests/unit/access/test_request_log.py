"""A request's line in the log says who asked for what, and shows no secret."""

import io
import json
import logging

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from access.request_log import request_logged
from tests.unit.access.test_masking import SECRET, log_text

__all__ = ["log_text"]


def test_it_tells_the_request_and_its_context(log_text: io.StringIO) -> None:
    with bound_contextvars(request_id="r-1", ip="192.0.2.1", user_id="key:ab"):
        request_logged(request="GET /api/v1/sessions/sess_a", user_agent="wallet/1", code=200)
    written = log_text.getvalue()
    assert written.count("\n") == 1
    for told in ("request_finished", "GET /api/v1/sessions/sess_a", "wallet/1", "r-1", "192.0.2.1", "key:ab", "200"):
        assert told in written
    assert "_from_structlog" not in written


@pytest.mark.parametrize(("code", "level"), [(201, "info"), (304, "info"), (404, "warning"), (503, "error")])
def test_its_level_follows_the_status(code: int, level: str, log_text: io.StringIO) -> None:
    request_logged(request="GET /", user_agent=None, code=code)
    written = log_text.getvalue()
    told = json.loads(written)["level"] if written.startswith("{") else written
    assert level in told


def test_below_the_level_of_the_settings_nothing_is_written(log_text: io.StringIO) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    request_logged(request="GET /", user_agent=None, code=200)
    assert log_text.getvalue() == ""


def test_secret_leak_what_a_client_wrote_is_masked(log_text: io.StringIO) -> None:
    with bound_contextvars(request_id=SECRET.hex(), api_key="1b_0a1b_text"):
        request_logged(request=f"GET /api/v1/sessions/0x{SECRET.hex()}", user_agent=SECRET.hex(), code=404)
    written = log_text.getvalue()
    assert SECRET.hex() not in written
    assert "1b_0a1b_text" not in written
    assert "/api/v1/sessions/[hex]" in written


@pytest.mark.parametrize(
    "sent", ["1b_0a1b2c3d_" + "Kx9" * 14, "whsec_" + "Ab9" * 12, "Bearer " + "Zz8" * 15, SECRET.hex()]
)
def test_secret_leak_a_request_s_name_is_not_shown_where_it_proves_something(sent: str, log_text: io.StringIO) -> None:
    """In its own line, and in those of what it did."""
    with bound_contextvars(request_id=sent):
        request_logged(request="GET /", user_agent=None, code=200)
        structlog.get_logger("swaps").warning("swap.created")
    written = log_text.getvalue()
    assert "request_finished" in written and "swap.created" in written
    assert sent.removeprefix("Bearer ") not in written
