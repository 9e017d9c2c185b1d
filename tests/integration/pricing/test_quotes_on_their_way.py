"""A quote that was told of a moment ago may be written only now: who comes with it waits for it, and with no other."""

from collections.abc import Callable, Iterator
from threading import Timer
from typing import Any

import pytest
from django.utils import timezone

from pricing import quote_ids, selectors
from pricing.errors import QuoteNotFound
from pricing.models import Quote, new_quote_id
from pricing.quote_ids import NEW_MS, is_new
from pricing.selectors import quote_get
from tests.threads import giving_back

pytestmark = pytest.mark.django_db(transaction=True)
Waits = list[float]


def save(quote_id: str) -> None:
    Quote.objects.create(
        id=quote_id, principal="key:a", source_chain="base", destination_chain="near", source_token="a", destination_token="b",
        pair="A/B", source_amount=1, destination_amount=1, document={}, valid_until=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """How long was waited between two looks; each time until somebody says that time is over."""
    told: Waits = []
    monkeypatch.setattr(selectors.time, "sleep", told.append)
    return told


@pytest.fixture
def on_its_way(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The id of a quote of `key:a` that will be there soon."""
    monkeypatch.setattr(selectors, "PATIENCE_SECONDS", 10.0)
    quote_id = new_quote_id()
    timer = Timer(0.1, giving_back(save), [quote_id])
    timer.start()
    yield quote_id
    timer.join()


def refused(quote_id: str, principal: str = "key:a") -> None:
    with pytest.raises(QuoteNotFound):
        quote_get(quote_id, principal=principal)


def at(monkeypatch: pytest.MonkeyPatch, make: Callable[[], str], *, ms_ago: int) -> str:
    with monkeypatch.context() as then:
        now = quote_ids.time.time_ns()
        then.setattr(quote_ids.time, "time_ns", lambda: now - ms_ago * 10**6)
        return make()


def test_its_own_is_waited_for(on_its_way: str) -> None:
    assert quote_get(on_its_way, principal="key:a").pk == on_its_way


def test_somebody_else_s_is_not_found(on_its_way: str) -> None:
    refused(on_its_way, "key:b")
    assert Quote.objects.filter(pk=on_its_way).exists()


def test_one_that_is_there_is_not_waited_for(waits: Waits) -> None:
    save(quote_id := new_quote_id())
    assert quote_get(quote_id, principal="key:a").pk == quote_id
    refused(quote_id, "key:b")
    assert not waits


def test_one_that_never_comes_is_waited_for_a_moment(waits: Waits) -> None:
    refused(new_quote_id())
    assert waits


def test_nobody_waits_for_an_old_one(monkeypatch: pytest.MonkeyPatch, waits: Waits) -> None:
    refused(at(monkeypatch, new_quote_id, ms_ago=2 * NEW_MS))
    assert not waits


def test_nobody_waits_for_one_that_we_never_gave(waits: Waits) -> None:
    """Who could make up ids that are waited for could keep every thread of a process waiting."""
    ours = new_quote_id()
    for place in range(len("quote_"), len(ours)):
        other = ours[:place] + ("a" if ours[place] != "a" else "b") + ours[place + 1 :]
        assert not is_new(other)
        refused(other)
    assert is_new(ours) and not waits


def test_the_proof_is_by_the_service_s_own_key(settings: Any) -> None:
    ours = new_quote_id()
    settings.SECRET_KEY = "another"
    assert not is_new(ours)


@pytest.mark.parametrize(
    "odd", ["", "quote_", "quote_" + "1" * 24, "quote_é", "x" * 40, "quote_" + "a" * 24, "'", "\0"]
)
def test_nobody_waits_for_what_is_no_id(odd: str, waits: Waits) -> None:
    refused(odd)
    assert not waits


def test_no_two_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of one millisecond."""
    now = quote_ids.time.time_ns()
    monkeypatch.setattr(quote_ids.time, "time_ns", lambda: now)
    assert len({new_quote_id() for _ in range(10_000)}) == 10_000
