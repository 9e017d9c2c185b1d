"""A quote that was told of a moment ago may be written only now: who comes with it waits for it, and with no other."""

import time
from collections.abc import Iterator
from threading import Timer

import pytest
from django.utils import timezone

from pricing import models
from pricing.errors import QuoteNotFound
from pricing.models import Quote, new_quote_id, quote_told_ms
from pricing.selectors import PATIENCE_SECONDS, quote_get
from tests.threads import giving_back

pytestmark = pytest.mark.django_db(transaction=True)
LATE = 0.1


def save(quote_id: str, principal: str) -> None:
    Quote.objects.create(
        id=quote_id, principal=principal, source_chain="base", destination_chain="near", source_token="a", destination_token="b",
        pair="A/B", source_amount=1, destination_amount=1, document={}, valid_until=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def on_its_way() -> Iterator[str]:
    """The id of a quote of `key:a` that will be there soon."""
    quote_id = new_quote_id()
    timer = Timer(LATE, giving_back(save), [quote_id, "key:a"])
    timer.start()
    yield quote_id
    timer.join()


def seconds_of_a_refusal(quote_id: str, principal: str = "key:a") -> float:
    began = time.monotonic()
    with pytest.raises(QuoteNotFound):
        quote_get(quote_id, principal=principal)
    return time.monotonic() - began


def test_its_own_is_waited_for(on_its_way: str) -> None:
    assert quote_get(on_its_way, principal="key:a").pk == on_its_way


def test_somebody_else_s_is_not_found(on_its_way: str) -> None:
    assert seconds_of_a_refusal(on_its_way, "key:b") >= LATE


def test_one_that_never_comes_is_waited_for_a_moment() -> None:
    assert seconds_of_a_refusal(new_quote_id()) >= PATIENCE_SECONDS


def test_nobody_waits_for_an_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(models.time, "time_ns", lambda: now - 10 * 10**9)
    old = new_quote_id()
    monkeypatch.undo()
    assert quote_told_ms(old) == now // 10**6 - 10_000
    assert seconds_of_a_refusal(old) < PATIENCE_SECONDS


@pytest.mark.parametrize(
    "odd", ["", "quote_", "quote_" + "1" * 24, "quote_é", "x" * 40, "quote_aaaaaaaaaaaaaaaaaaaaaaaa", "'", "\0"]
)
def test_nobody_waits_for_what_is_no_id(odd: str) -> None:
    assert seconds_of_a_refusal(odd) < PATIENCE_SECONDS


def test_an_id_bears_its_time_and_72_random_bits() -> None:
    ids = [new_quote_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert len({one[-14:] for one in ids}) == 200
    assert all(abs(quote_told_ms(one) / 1000 - time.time()) < 60 for one in ids)
