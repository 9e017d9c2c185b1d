"""A small soak: both directions, every fate, one kill of each kind of process; and the plan that a seed stands for."""

from pathlib import Path

import pytest

from devnet.proofs.soak.plan import LEGAL, VICTIMS, Fate
from devnet.proofs.soak.run import Options, Soak

pytestmark = pytest.mark.e2e


def test_swaps_outlive_a_kill_of_every_process(tmp_path: Path) -> None:
    """PostgreSQL, Valkey, both chains, a worker, a watcher and web are killed while swaps go on; nobody does anything by
    hand. Every session ends, every call was made once, and the chains, the balances and the books are equal."""
    lines: list[str] = []
    options = Options(swaps=12, seed=7, kill_every=2.5, active=12, max_kills=len(VICTIMS), hurry=True)
    soak = Soak(options, tmp_path / "soak", lines.append)
    assert soak.run(), "\n".join([*lines, *soak.faults])
    records = soak.all_records
    assert len(records) == 12
    assert {record.plan.fate for record in records} >= {Fate.COMPLETE, Fate.SELF_CLAIM, Fate.SILENT, Fate.CANCEL_LOCKED}
    assert all(record.status in LEGAL[record.plan.fate] or record.plan.source_lock == "order" for record in records)
    assert "completed" in {record.status for record in records}
