"""Logs in a file that several processes write, and at a collector that comes and goes."""

import gzip
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from balancer.settings.telemetry import Collector as Settings
from balancer.telemetry.instruments import LOST
from balancer.telemetry.otlp_logs import OtlpHandler
from tests.telemetry import Collector, attributes_of

ROOT = Path(__file__).parents[3]
LINES, WRITERS = 1500, 2
WRITER = """
import logging.config, sys
from pathlib import Path
from balancer.settings.logs import logging_config
from balancer.settings.telemetry import LogFile, Telemetry
import structlog
file = LogFile(path=Path(sys.argv[1]), most_bytes=40_000, count=500, days=1)
told = Telemetry(("file",), file, None, None, 1.0, None)
logging.config.dictConfig(logging_config("INFO", json=True, telemetry=told))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    structlog.get_logger("x").info("line", writer=sys.argv[2], number=number, api_key="planted")
"""


def test_two_processes_lose_no_line_while_the_file_is_rotated_and_packed(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "service.log"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(name), str(LINES)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.communicate("go\n", timeout=120)
        assert writer.returncode == 0
    packed = sorted(path.parent.glob("service.log.*.gz"))
    assert len(packed) > 5, "it was never rotated"
    text = path.read_text() + "".join(gzip.decompress(one.read_bytes()).decode() for one in packed)
    told = [json.loads(line) for line in text.splitlines()]
    assert sorted((one["writer"], one["number"]) for one in told) == sorted(
        (str(writer), number) for writer in range(WRITERS) for number in range(LINES)
    )
    assert "planted" not in text
    assert path.stat().st_mode & 0o007 == 0


@pytest.fixture
def handler(collector: Collector) -> Iterator[OtlpHandler]:
    made = OtlpHandler(Settings(f"{collector.url}/v1/logs", {"x-tenant": "swaps"}, queue=200, timeout_seconds=1.0))
    made.setFormatter(logging.Formatter('{"event": "%(message)s", "session": "sess_a", "count": 3}'))
    yield made
    collector.answering.set()
    made.close()


def say(handler: OtlpHandler, words: str, level: int = logging.WARNING) -> None:
    handler.handle(logging.LogRecord("x", level, __file__, 1, words, None, None))


def lost() -> float:
    return sum(LOST.labels("logs", why)._value.get() for why in ("queue_full", "refused", "unreachable"))


def test_a_collector_gets_lines_with_their_fields(handler: OtlpHandler, collector: Collector) -> None:
    say(handler, "swap.moved")
    collector.wait(lambda found: found.lines, "line")
    (line,) = collector.lines
    assert line.body.string_value == "swap.moved"
    assert line.severity_text == "WARNING"
    assert attributes_of(line.attributes) == {"session": "sess_a", "count": "3"}
    assert abs(line.time_unix_nano / 1e9 - time.time()) < 60
    _, headers, _ = collector.bodies[0]
    assert headers["x-tenant"] == "swaps"


def test_a_collector_that_does_not_answer_holds_nobody_up_and_what_is_lost_is_told(
    handler: OtlpHandler, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.answering.clear()
    before = lost()
    began = time.monotonic()
    for number in range(2000):
        say(handler, f"line {number}")
    assert time.monotonic() - began < 5, "a line waited"
    assert lost() - before >= 2000 - 200 - 512 - 1
    handler.sender._told_at = -1e9
    collector.answering.set()
    collector.wait(lambda found: any("line" in one.body.string_value for one in found.lines), "line after the silence")
    say(handler, "after it")
    collector.wait(lambda found: any(one.body.string_value == "after it" for one in found.lines), "later line")


def test_a_collector_that_is_down_is_found_again(handler: OtlpHandler, collector: Collector) -> None:
    collector.status = 503
    say(handler, "kept")
    collector.wait(lambda found: len(found.bodies) >= 2, "second attempt")
    collector.status = 200
    count = len(collector.bodies)
    collector.wait(lambda found: len(found.bodies) > count, "attempt after it is up")
    assert {line.body.string_value for line in collector.lines} == {"kept"}


def test_what_a_collector_refuses_is_given_up_and_counted(handler: OtlpHandler, collector: Collector) -> None:
    collector.status, before = 400, lost()
    say(handler, "bad")
    collector.wait(lambda found: found.bodies, "attempt")
    collector.status = 200
    say(handler, "good")
    collector.wait(lambda found: any(one.body.string_value == "good" for one in found.lines), "next line")
    assert lost() - before == 1
