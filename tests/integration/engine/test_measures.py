"""Samples of a chain's speed, and the alarms of its clock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chains.models import Chain
from chains.selectors import clock_alarms, measured_of
from chains.services.measures import Sampler

START = 1_700_000_000


def at_height(height: int, *, final: int, head: int | None = None) -> Chain:
    """A chain with a block each two seconds, read to `height`, final up to `final`."""
    chain, _ = Chain.objects.update_or_create(
        name="base",
        defaults={
            "family": "evm",
            "network_id": "1",
            "seen_height": height,
            "seen_time_ns": (START + 2 * height) * 10**9,
            "final_height": final,
            "final_time_ns": (START + 2 * final) * 10**9,
            "head_height": head or height,
            "head_time_ns": (START + 2 * (head or height)) * 10**9,
        },
    )
    return chain


@pytest.mark.django_db
class TestSampler:
    def run(self, blocks: int, *, lag: float = 0.5, behind: int = 0) -> Any:
        sampler = Sampler()
        for height in range(100, 100 + blocks):
            chain = at_height(height, final=height - 5, head=height + behind)
            sampler.written_at = 0.0
            sampler.note(chain, now_ns=round((START + 2 * height + lag) * 10**9))
        return measured_of(Chain.objects.get(name="base"))

    def test_block_time_lag_and_finality(self) -> None:
        found = self.run(20)
        assert found.block.median == 2.0
        assert found.lag.median == 0.5
        assert found.finality.median == 12.0  # five blocks, and the one that came after the final one before
        assert found.inclusion.median is None

    def test_a_watcher_that_catches_up_measures_nothing(self) -> None:
        assert self.run(20, behind=3).lag.median is None

    def test_a_chain_from_the_future_is_not_timed(self) -> None:
        assert self.run(20, lag=-60).lag.median is None

    def test_samples_outlive_a_restart(self) -> None:
        self.run(6)
        chain = Chain.objects.get(name="base")
        sampler = Sampler()
        sampler.note(chain, now_ns=chain.seen_time_ns)
        sampler.written_at = 0.0
        chain.seen_height, chain.seen_time_ns = 106, (START + 212) * 10**9
        sampler.note(chain, now_ns=chain.seen_time_ns + 10**9)
        chain.refresh_from_db()
        assert chain.measured["lag"] == [500] * 5 + [1000]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "alarm"), [(1, []), (-2, []), (-3600, ["ahead of ours"]), (29, []), (3600, ["block is 3600 s old"])]
)
def test_clock_skew_and_stale_heads_are_alarmed(age: int, alarm: list[str]) -> None:
    chain = at_height(100, final=95)
    now = datetime.fromtimestamp(START + 200 + age, tz=UTC)
    found = clock_alarms(chain, skew_seconds=5, stale_seconds=30, now=now)
    assert len(found) == len(alarm)
    assert all(words in said for words, said in zip(alarm, found, strict=True))
