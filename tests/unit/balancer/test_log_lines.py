"""A log line is JSON whatever stands in it."""

import json

import pytest

from balancer.settings.logs import redact, to_json


@pytest.mark.parametrize(
    "value",
    [2**80, "\ud800", {"a": [1, None]}, "ü\n", 1.5],
    ids=["a large number", "half a pair", "nested", "text", "real"],
)
def test_every_value_is_written_and_read_back(value: object) -> None:
    assert json.loads(to_json({"event": "x", "value": value}, repr)) == {"event": "x", "value": value}


def test_what_json_does_not_know_is_written_by_the_fallback() -> None:
    assert json.loads(to_json({"value": object}, repr)) == {"value": "<class 'object'>"}


def test_redaction_remembers_names_and_not_values() -> None:
    for _ in range(2):
        told = redact(None, "info", {"secretState": "held", "amount": "1", "deep": {"API_KEY": "k", "n": 2}})
        assert told == {"secretState": "[redacted]", "amount": "1", "deep": {"API_KEY": "[redacted]", "n": 2}}
