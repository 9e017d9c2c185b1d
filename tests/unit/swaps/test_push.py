"""The parts of following by push that need neither a database nor a network."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.scopes import SCOPES
from swaps.push.batches import Batches
from swaps.push.identity import is_credential_in_url
from swaps.push.limits import Bucket, Places
from swaps.push.protocol import CHANNELS, CLOSES, REFUSALS, Close
from swaps.push.tail import Tail

PAGE = Path(__file__).parents[3] / "docs" / "socket.md"


# The tail


@given(st.integers(0, 50), st.lists(st.integers(0, 80), max_size=60), st.integers(1, 8))
def test_a_tail_has_no_gap_whatever_it_is_given(start: int, numbers: list[int], keep: int) -> None:
    tail = Tail(start, keep)
    for number in numbers:
        is_next = number == tail.newest + 1
        assert tail.append(number, str(number)) == is_next
        for cursor in range(start, tail.newest + 1):
            found = tail.after(cursor)
            missing = list(range(cursor + 1, tail.newest + 1))
            assert found == [(n, str(n)) for n in missing] if len(missing) <= keep else found is None


def test_a_tail_forgets_what_all_have() -> None:
    tail = Tail(0)
    for number in range(1, 6):
        tail.append(number, str(number))
    tail.trim(3)
    assert tail.after(3) == [(4, "4"), (5, "5")]
    assert tail.after(2) is None
    tail.trim(9)
    assert (tail.after(5), tail.newest, tail.oldest) == ([], 5, 6)


# Many that ask at once


async def test_many_who_ask_at_once_are_read_for_twice_at_most() -> None:
    batches: list[list[str]] = []
    free = asyncio.Event()

    async def read(keys: list[str]) -> dict[str, str]:
        batches.append(keys)
        await free.wait()
        return {key: key.upper() for key in keys}

    rows = Batches(read, size=10)
    first = asyncio.create_task(rows.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(rows.get("a")) for _ in range(1000)]
    await asyncio.sleep(0)
    free.set()
    assert {await task for task in [first, *others]} == {"A"}
    assert batches == [["a"], ["a"]]


async def test_a_batch_that_fails_fails_for_its_askers_alone() -> None:
    async def read(keys: list[str]) -> dict[str, str]:
        if "bad" in keys:
            raise OSError("the database is away")
        return dict.fromkeys(keys, "good")

    rows = Batches(read, size=1)
    answers = await asyncio.gather(rows.get("bad"), rows.get("fine"), return_exceptions=True)
    assert [type(answers[0]), answers[1]] == [OSError, "good"]
    with pytest.raises(OSError, match="away"):
        await rows.get("bad")


# Limits


@given(st.lists(st.floats(0, 5), max_size=60))
def test_a_bucket_gives_no_more_than_its_burst_and_its_rate(pauses: list[float]) -> None:
    bucket, now, taken = Bucket(rate=2, burst=5, now=0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now)
    assert taken <= 5 + 2 * now + 1e-6


def test_places_are_given_back() -> None:
    places = Places()
    assert [places.take("key", "a", 2) for _ in range(3)] == [True, True, False]
    assert places.take("key", "b", 2)
    places.give_back("key", "a")
    assert places.take("key", "a", 2)
    for name in ("a", "a", "b"):
        places.give_back("key", name)
    assert (places.taken("key", "a"), places.taken("key", "b")) == (0, 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [(b"", False), (b"since=3", False), (b"since=3&apiKey=x", True), (b"ACCESS_TOKEN=x", True), (b"token", True)],
)
def test_credentials_in_urls_are_seen(query: bytes, found: bool) -> None:
    assert is_credential_in_url(query) is found


# The page


def test_the_page_names_every_channel_code_and_reason_to_close() -> None:
    page = PAGE.read_text()
    for channel in CHANNELS.values():
        assert channel.scope in SCOPES
        assert f"| `{channel.name}` | `{channel.scope}` | {channel.tells} |" in page
    for close, (happened, todo) in CLOSES.items():
        assert f"| {int(close)} | `{close.name.lower()}` | {happened} | {todo} |" in page
    for code, sentence in REFUSALS.items():
        assert f"| `{code}` | {sentence} |" in page
    assert set(CLOSES) == set(Close)
