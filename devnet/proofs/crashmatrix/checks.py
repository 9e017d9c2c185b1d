"""What must be true when a play is over, whoever died on the way: asked of the chains and of the database's rows alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from devnet.proofs.crashmatrix.play import DESTINATION_AMOUNT, SOURCE_AMOUNT, Play
from devnet.proofs.crashmatrix.scenarios import Scenario
from devnet.proofs.crashmatrix.signed import idle_by_chain, signed_of, signed_problems
from devnet.proofs.world import World

Holdings = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Before:
    """The chains before a play."""

    holdings: Holdings
    nonces: dict[str, int]
    height: int

    @classmethod
    def of(cls, world: World) -> "Before":
        return cls(world.holdings(), world.nonces(), world.anvil.head)


def problems(play: Play, before: Before, *, rivals: bool = False) -> list[str]:
    """Everything that is wrong after a play, in words; empty when nothing is. `rivals`: see `signed_problems`."""
    world, scenario = play.world, play.scenario
    with psycopg.connect(world.database_url, autocommit=True) as database:
        signed = signed_of(database)
        idle = idle_by_chain(signed) if rivals else Counter()
        found = list(_chains(world, scenario, before, idle))
        found += _session(database, scenario)
        found += signed_problems(signed, steps(scenario), scenario.ending.in_vain, rivals=rivals)
        found += _books(database, scenario, idle.total())
        found += _near_locks(database, world, scenario)
        found += _leftovers(database)
    return found


# The chains


def _chains(world: World, scenario: Scenario, before: Before, idle: Counter[str]) -> Iterator[str]:
    moved = {key: held - before.holdings[key] for key, held in world.holdings().items()}
    wanted = dict.fromkeys(moved, 0) | (_swapped(scenario) if scenario.ending.swapped else {})
    for (chain, party), amount in sorted(moved.items()):
        if amount != wanted[chain, party]:
            yield f"money: {party} on {chain} has {amount:+d}, and {wanted[chain, party]:+d} was planned"
    ours = idle + Counter(chain_of(scenario, step) for step in (*steps(scenario), *scenario.ending.in_vain))
    for chain, nonce in world.nonces().items():
        sent = nonce - before.nonces[chain]
        if sent != ours[chain]:
            yield f"sending: {chain} took {sent} transactions of ours, and {ours[chain]} were planned"
    events, planned = world.escrow_events(before.height), _planned_events(scenario, "base")
    if events != planned:
        yield f"effects: BASE's escrows show {events}, and {planned} was planned"


def _swapped(scenario: Scenario) -> Holdings:
    source, destination = scenario.source, scenario.destination
    return {
        (source, "maker"): -SOURCE_AMOUNT,
        (source, "us"): SOURCE_AMOUNT,
        (destination, "us"): -DESTINATION_AMOUNT,
        (destination, "maker"): DESTINATION_AMOUNT,
    }


def _planned_events(scenario: Scenario, chain: str) -> dict[str, int]:
    planned: Counter[str] = Counter()
    for side in scenario.ending.locks:
        if (scenario.source if side == "source" else scenario.destination) == chain:
            planned[f"{side} locked"] += 1
            planned["claimed" if scenario.ending.swapped else "refunded"] += 1
    return dict(planned)


def _near_locks(database: Any, world: World, scenario: Scenario) -> Iterator[str]:
    hashlock = database.execute("SELECT hashlock FROM swaps_swapsession").fetchone()
    records = [record for record in world.near_locks() if hashlock and record["hashlock"] == hashlock[0]]
    found = sorted((record["state"], record["payout"]) for record in records)
    side = "source" if scenario.source == "near" else "destination"
    settled = "claimed" if scenario.ending.swapped else "refunded"
    planned = [(settled, "paid")] if side in scenario.ending.locks else []
    if [tuple(word.lower() for word in pair) for pair in found] != planned:
        yield f"effects: NEAR's locks of this hashlock are {found}, and {planned} was planned"


# The database


def steps(scenario: Scenario) -> list[str]:
    """What we send in a scenario with an effect, each once."""
    locks = scenario.ending.locks
    end = "claim" if scenario.ending.swapped else "refund"
    ours = ["source_lock"] if scenario.source_lock == "order" and "source" in locks else []
    ours += ["destination_lock", f"destination_{end}"] if "destination" in locks else []
    return [*ours, f"source_{end}"] if "source" in locks else ours


def chain_of(scenario: Scenario, step: str) -> str:
    """Where a step happens."""
    return scenario.source if step.startswith("source") else scenario.destination


def _session(database: Any, scenario: Scenario) -> Iterator[str]:
    rows = database.execute("SELECT id, status, reason FROM swaps_swapsession").fetchall()
    if len(rows) != 1:
        yield f"sessions: there are {len(rows)}, and the client asked for one"
    for _, status, reason in rows:
        if status != scenario.ending.terminal:
            yield f"end: the session is {status} ({reason}), and {scenario.ending.terminal} was planned"
    numbers = [row[0] for row in database.execute("SELECT seq FROM swaps_sessiontransition ORDER BY seq")]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"updates: their numbers have a gap: {numbers}"


def _books(database: Any, scenario: Scenario, idle: int) -> Iterator[str]:
    rows = database.execute(
        "SELECT chain_id, kind, amount FROM swaps_ledgerentry WHERE kind IN ('locked', 'claimed', 'refunded')"
    )
    booked = sorted((chain, kind, int(amount)) for chain, kind, amount in rows)
    planned = []
    for side in scenario.ending.locks:
        chain = scenario.source if side == "source" else scenario.destination
        amount = SOURCE_AMOUNT if side == "source" else DESTINATION_AMOUNT
        settled = "claimed" if scenario.ending.swapped else "refunded"
        planned += [(chain, "locked", amount), (chain, settled, amount)]
    if booked != sorted(planned):
        yield f"books: {booked} is booked, and {sorted(planned)} was planned"
    fees = database.execute("SELECT count(*) FROM swaps_ledgerentry WHERE kind = 'fee'").fetchone()[0]
    landed = len(steps(scenario)) + len(scenario.ending.in_vain) + idle
    if fees != landed:
        yield f"books: {fees} fees are booked for {landed} transactions"


LEFTOVERS = {
    "jobs that nobody finishes": "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('doing', 'failed')",
    "halted chains": "SELECT count(*) FROM chains_chain WHERE halted_reason <> ''",
    "reservations of a swap that is over": "SELECT count(*) FROM swaps_reservation WHERE released_at IS NULL",
    "secrets of a swap that is over": "SELECT count(*) FROM swaps_secret WHERE purged_at IS NULL",
    "refunds that are still open": "SELECT count(*) FROM swaps_refund WHERE state = 'requested'",
    "events of a block that was not reorganised away, orphaned": (
        "SELECT count(*) FROM chains_chainevent WHERE orphaned_at IS NOT NULL"
    ),
}


def _leftovers(database: Any) -> Iterator[str]:
    for what, query in LEFTOVERS.items():
        count = database.execute(query).fetchone()[0]
        if count:
            yield f"left behind: {count} {what}"
