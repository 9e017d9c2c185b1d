"""Lines of the log that are written some at a time: none is lost, none is told twice, and trouble never waits."""

import io
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from balancer.telemetry import gathering
from balancer.telemetry.gathering import MOST_LINES, GatheringHandler


class Screen(io.StringIO):
    """Counts how often something is written to it."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def log(screen: Screen) -> Iterator[logging.Logger]:
    logger = logging.Logger("gathering")  # noqa: LOG001  (pytest listens to all others)
    logger.addHandler(handler := GatheringHandler(screen))
    yield logger
    handler.close()


def test_lines_wait_for_each_other_and_come_soon(log: logging.Logger, screen: Screen) -> None:
    for number in range(5):
        log.info("line %s", number)
    assert screen.lines == []
    deadline = time.monotonic() + 10
    while not screen.lines and time.monotonic() < deadline:
        time.sleep(0.005)
    assert screen.lines == [f"line {number}" for number in range(5)] and screen.writes == 1
    log.info("later")
    while len(screen.lines) < 6 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert screen.lines[-1] == "later", "and so does what comes afterwards"


def test_trouble_is_written_at_once_after_what_waits(log: logging.Logger, screen: Screen) -> None:
    log.info("before")
    log.warning("trouble")
    assert screen.lines == ["before", "trouble"]


def test_many_do_not_wait(log: logging.Logger, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "WAIT_SECONDS", 60)
    for number in range(MOST_LINES + 1):
        log.info("%s", number)
    assert len(screen.lines) == MOST_LINES


def test_a_line_that_cannot_be_made_is_told_of_and_keeps_no_other_back(
    log: logging.Logger, screen: Screen, capsys: pytest.CaptureFixture[str]
) -> None:
    log.info("%d", "no number")
    log.warning("next")
    assert screen.lines == ["next"] and "no number" in capsys.readouterr().err


def test_that_waiting_lines_cannot_be_written_is_told(
    log: logging.Logger, screen: Screen, capsys: pytest.CaptureFixture[str]
) -> None:
    log.info("waits")
    screen.close()
    log.handlers[0].flush()
    assert "I/O operation on closed file" in capsys.readouterr().err


def test_a_forked_child_does_not_tell_its_parent_s_lines_again(log: logging.Logger, screen: Screen) -> None:
    log.info("the parent's")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        log.warning("the child's")
        os.write(writing, screen.getvalue().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1000) == b"the child's\n"
    log.warning("more")
    assert screen.lines == ["the parent's", "more"]


AT_THE_END = """
import atexit, logging
from balancer.telemetry import gathering
gathering.WAIT_SECONDS = 60
logging.basicConfig(handlers=[gathering.GatheringHandler()], level="INFO", format="%(message)s")
logging.info("last words")
atexit.register(logging.info, "after them")
"""


def test_what_waits_at_the_end_of_a_process_is_written() -> None:
    ended = subprocess.run([sys.executable, "-c", AT_THE_END], capture_output=True, text=True, check=True, timeout=30)
    assert ended.stderr.splitlines() == ["last words", "after them"]
