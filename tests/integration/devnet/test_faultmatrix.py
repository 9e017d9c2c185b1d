"""Swaps of the real service on both local chains while their nodes fail: one cell of each kind, and an hour of errors."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from devnet.faults import Kind
from devnet.proofs.crashmatrix.play import Play
from devnet.proofs.crashmatrix.scenarios import SENT, Ending
from devnet.proofs.faultmatrix.cells import ONE, Cell, cells, scenarios
from devnet.proofs.faultmatrix.stage import Stage
from devnet.proofs.world import FIGURES

PATIENT = replace(FIGURES, destination=7200)  # an hour is no reason to give up
EVIDENCE = (
    "SELECT status, reason FROM swaps_swapsession",
    "SELECT count(*) FROM swaps_sessiontransition",
    "SELECT step, state FROM chains_intent ORDER BY 1",
    "SELECT hash, state FROM chains_chaintransaction ORDER BY 1",
    "SELECT count(*) FROM chains_chainevent",
    "SELECT name, seen_height, final_height, halted_reason FROM chains_chain ORDER BY 1",
)


@pytest.fixture(scope="module")
def stage(server_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    directory: Path = tmp_path_factory.mktemp("faults")
    made = Stage(server_url, redis_url, directory, "test_faultmatrix", figures=PATIENT)
    yield made
    made.close()


def what_is_known(stage: Stage) -> list[Any]:
    with psycopg.connect(stage.world.database_url) as database:
        return [database.execute(query).fetchall() for query in EVIDENCE]


def test_rpc_error_as_evidence__an_hour_of_errors_changes_nothing(stage: Stage) -> None:
    """Failure mode 10: every call to every node fails for an hour of chain time, in the middle of a swap. Nothing is
    decided, the errors are counted, and afterwards the swap goes on to its end."""
    seen: dict[str, Any] = {}

    def script(play: Play) -> None:
        play.create()
        play.execute()
        play.lock_source()
        play.until(lambda state: state["sent"].get("destination_lock") in SENT, "our destination lock is out")
        play.until_status("both_locked")
        seen["before"] = what_is_known(stage)
        for proxies in stage.proxies.values():
            proxies[0].add("*", Kind.ERROR, times=None, code=-32603)
        for _ in range(3):
            play.travel(1200)
            play.rounds(0)
        seen["after"] = what_is_known(stage)
        with psycopg.connect(stage.world.database_url) as database:
            seen["errors"] = database.execute("SELECT chain_id FROM chains_providerhealth WHERE errors > 0").fetchall()
        for proxies in stage.proxies.values():
            proxies[0].clear()
        play.until_status("both_locked")
        play.hand_over()
        play.until_end()

    ending = Ending("an-hour-of-errors", script, "completed", swapped=True)
    scenario = replace(scenarios()[0], ending=ending)
    verdict = stage.play(Cell("base", "no_such_method", Kind.ERROR, ONE, scenario))
    assert seen["before"] == seen["after"]
    assert sorted(name for (name,) in seen["errors"]) == ["base", "near"]
    assert (verdict.problems, verdict.end) == ((), "completed")


@pytest.mark.parametrize(
    "name",
    [
        "base-near/maker/self/completes 1 send_tx timeout_after",
        "near-base/service/self/completes 1 eth_sendRawTransaction timeout_after",
        "base-near/maker/self/completes 3 eth_getLogs empty",
    ],
)
def test_a_swap_survives(stage: Stage, name: str) -> None:
    verdict = stage.play(next(cell for cell in cells() if cell.name == name))
    assert (verdict.problems, verdict.end) == ((), "completed")
    assert verdict.hits > 0
