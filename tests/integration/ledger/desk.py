"""Swaps on real chains with the engine's own functions, called one after another in one thread."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import environ

from balancer.settings import chains as loader
from chains.services.sending import intent_send, transactions_tend
from chains.watchers import watcher_for
from devnet.client import Maker
from devnet.network import ALICE, MAKER, USDC_ON_BASE, USDT, Figures, Network
from swaps.hashlock import hashlock_of
from swaps.models import SwapSession
from swaps.selectors import intents_to_send
from swaps.services.advance import session_advance
from swaps.services.legs import family_of
from swaps.services.reconcile import Difference, Report, books_open, reconcile
from swaps.services.sessions import SwapRequest, session_create, session_execute, session_secret

NATIVE = {"base": "0x" + "0" * 40, "near": "near"}
TOKENS = {"base": USDC_ON_BASE, "near": USDT}
AMOUNTS = {"base": 10_000_000, "near": 10_000_000}
NATIVE_AMOUNTS = {"base": 7 * 10**14, "near": 10**24}
TAKEN = 777  # base units of USDT that somebody with our key sends away
TURNS = 30
DEPOSIT = 10**12  # wei: the safety deposit of every escrow
FIGURES = Figures(evm_block=None, near_block=None, destination=1200, slack=300)


class Env(environ.Env):
    """Reads given variables instead of the process's."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__()
        self.ENVIRON = values


def settings_of(network: Network, folder: Path) -> dict[str, Any]:
    """The service's settings for these chains; `folder` is for what they name."""
    env = Env(network.environment(folder))
    configured = {
        "CHAINS": loader.load(env),
        "ROUTE_DEFAULTS": loader.route_defaults(env),
        "ROUTES": loader.routes(env),
        "PRICES_USD": loader.prices(env),
    }
    for chain in configured["CHAINS"].values():
        chain |= {"resend_seconds": 0.0, "safety_deposit": DEPOSIT if chain["family"] == "evm" else 0}
    return configured


@dataclass
class Desk:
    """The service and its clients on `network`. `maker` holds keys on both chains."""

    network: Network
    ended: list[SwapSession] = field(default_factory=list)
    theft: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.maker = Maker(self.network, MAKER, ALICE)
        self.begin()
        self.read()

    def begin(self) -> None:
        """Watchers that know what the database knows now."""
        self.watchers = [watcher_for(name) for name in ("base", "near")]

    # Time and the service

    def read(self) -> None:
        """Make everything final, and read it."""
        self.network.evm["base"].finalize()
        self.network.near.mine(self.network.near.final_lag + 1)
        for watcher in self.watchers:
            while watcher.process_one():
                pass

    def turn(self) -> None:
        """All that the service does when something became final."""
        self.read()
        for name in ("base", "near"):
            transactions_tend(chain=name)
        for session_id in SwapSession.objects.values_list("pk", flat=True):
            session_advance(session_id=session_id)
            for intent_id in intents_to_send(session_id):
                intent_send(intent_id=intent_id)

    def until(self, session: SwapSession, wanted: Callable[[SwapSession], bool]) -> SwapSession:
        """Turn after turn until the session is as wanted, and once more."""
        for _ in range(TURNS):
            self.turn()
            session.refresh_from_db()
            if wanted(session):
                self.turn()
                self.turn()
                return session
        raise AssertionError(f"{session} is {session.status} {session.reason} {session.attention}")

    def travel(self, seconds: int) -> None:
        """Let time pass on both chains."""
        self.network.evm["base"].advance_time(seconds)
        self.network.near.advance_time(seconds)

    # The maker

    def swap(self, source: str, destination: str, *, native: bool = False) -> SwapSession:
        """A new swap whose maker has locked; the secret is `self.secret`."""
        tokens, amounts = (NATIVE, NATIVE_AMOUNTS) if native else (TOKENS, AMOUNTS)
        self.secret = os.urandom(32)
        request = SwapRequest(
            source_chain=source,
            destination_chain=destination,
            source_token=tokens[source],
            destination_token=tokens[destination],
            source_amount=amounts[source],
            destination_amount=amounts[destination] * 8 // 10,
            maker=self.maker.account_on(source).lower(),
            taker=self.maker.account_on(destination).lower(),
            hashlock=hashlock_of(self.secret, "sha256").hex(),
        )
        session = session_create(request=request, principal="tests")
        session_execute(session_id=session.pk, actor="tests", source_lock="self")
        self.lock(session)
        return session

    def lock(self, session: SwapSession) -> None:
        leg = session.legs.select_related("session", "chain").get(side="source")
        for call in family_of(leg.chain_id).maker_calls(session, leg):
            self.maker.send(call)

    def complete(self, source: str, destination: str, *, native: bool = False) -> SwapSession:
        """A swap from its first request to its end."""
        session = self.swap(source, destination, native=native)
        self.until(session, lambda found: found.status == "both_locked")
        session_secret(session_id=session.pk, actor="tests", secret="0x" + self.secret.hex())
        return self.until(session, lambda found: found.status == "completed")

    def refund(self, source: str, destination: str) -> SwapSession:
        """A swap whose maker never hands over his secret, until everything has gone back."""
        session = self.swap(source, destination)
        self.until(session, lambda found: found.status == "both_locked")
        for _ in range(4):
            self.travel(600)
            self.turn()
        return self.until(session, lambda found: found.status == "refunded")

    # The books

    @staticmethod
    def open_books() -> None:
        for name in ("base", "near"):
            books_open(name, actor="tests")

    @staticmethod
    def look(**options: Any) -> Report:
        """One reconciliation, without a second look."""
        return reconcile(settle_seconds=0, **options)


def told(report: Report) -> list[tuple[str, str]]:
    """What was found, and where."""
    return sorted((str(one.what), one.chain) for one in report.differences)


def only(report: Report) -> Difference:
    """The one difference."""
    assert len(report.differences) == 1, [one.to_json() for one in report.differences]
    return report.differences[0]
