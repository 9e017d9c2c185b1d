"""A small soak: both directions, every fate, one kill of each kind of process; and the plan that a seed stands for."""

from pathlib import Path

import pytest

from devnet.network import Figures
from devnet.proofs.soak.plan import LEGAL, VICTIMS, Fate
from devnet.proofs.soak.run import Options, Soak

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]
# room for outages on a busy machine: nobody waits for it, since the clocks are moved
FIGURES = Figures(destination=80, slack=120, finality=6, inclusion=4, watcher_lag=2, public_stage=40)


def test_swaps_outlive_a_kill_of_every_process(tmp_path: Path) -> None:
    """PostgreSQL, Valkey, both chains, a worker, a watcher and web are killed while swaps go on; nobody does anything by
    hand. Every session ends, every call was made once, and the chains, the balances and the books are equal."""
    lines: list[str] = []
    options = Options(swaps=12, seed=7, kill_every=2.5, active=12, max_kills=len(VICTIMS), hurry=True, figures=FIGURES)
    soak = Soak(options, tmp_path / "soak", lines.append)
    assert soak.run(), "\n".join([*lines, *soak.faults])
    records = soak.all_records
    assert len(records) == 12
    assert {record.plan.fate for record in records} >= {Fate.COMPLETE, Fate.SELF_CLAIM, Fate.SILENT, Fate.CANCEL_LOCKED}
    assert all(record.status in LEGAL[record.plan.fate] or record.plan.source_lock == "order" for record in records)
    assert "completed" in {record.status for record in records}
