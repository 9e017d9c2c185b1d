"""What the commands do: look at the chains, decide by the rules, and act."""

import argparse
import json
import sys
import time

from onebalancer_rescue.errors import BadInput, ChainTrouble, NotYet, RescueError, Unsafe
from onebalancer_rescue.evm import EvmLeg
from onebalancer_rescue.evm_sending import EvmKey
from onebalancer_rescue.keys import key_read, readable_by_others, secret_read
from onebalancer_rescue.locks import ChainLeg, Lock
from onebalancer_rescue.near import NearLeg
from onebalancer_rescue.near_codec import NearKey
from onebalancer_rescue.plan import OTHER, Seen, claim_action, public_secret, refund_action, warnings_before_claim
from onebalancer_rescue.receipt import SIDES, Leg, Receipt, receipt_read
from onebalancer_rescue.rpc import Node
from onebalancer_rescue.words import amount_of, lock_story

LONGEST_NAP, SHORTEST_NAP = 5, 0.5  # seconds


class Rescue:
    """One run of the program."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.receipt = receipt_read(options.receipt, options.service_key)
        self.urls = _urls(options.rpc, {self.receipt.source.chain, self.receipt.destination.chain})
        self.action = options.command
        self.side = options.leg or ("destination" if self.action == "claim" else "source")
        given = options.secret_file if self.action == "claim" else None
        self.secret = secret_read(given, self.receipt) if given else None

    def run(self) -> None:
        """Do what the command line says. Raises `RescueError`."""
        _introduce(self.receipt, self.options.service_key)
        if self.action == "status":
            self._status()
            return
        self._act()

    def _status(self) -> None:
        if not self.urls:
            raise BadInput("no --rpc was given for any of the receipt's chains")
        troubles = [trouble for trouble in map(self._tell, SIDES) if trouble]
        if troubles:
            raise troubles[0]

    def _tell(self, side: str) -> RescueError | None:
        """Say how a leg stands. What keeps it from being looked at is given back: the other leg is told all the same."""
        leg = self.receipt.leg(side)
        print(f"{side}: {amount_of(leg)} on {leg.chain}, from {leg.refundee} to {leg.payee}")
        if leg.chain not in self.urls:
            print(f"  not looked at: give --rpc {leg.chain}=URL")
            return None
        try:
            seen = self._look(self._leg(side, None))
        except RescueError as error:
            print("  could not be looked at")
            return error
        if not seen.locks:
            print("  nothing is locked (or it was settled long ago and removed)")
        for lock in seen.locks:
            print("  " + "\n    ".join(lock_story(leg, lock, seen.time.head)))
        return None

    def _act(self) -> None:
        leg = self._leg(self.side, self._key())
        sender = leg.sender()
        seen = self._look(leg)
        wanted = seen.agreed if self.action == "claim" else seen.locks
        if not wanted:
            raise BadInput(f"nothing is locked on the {self.side} ({leg.leg.chain}) under this receipt's hashlock")
        for lock in sorted(wanted, key=lambda lock: lock.refund_from):
            self._settle(leg, sender, lock.id)

    def _settle(self, leg: ChainLeg, sender: str, lock_id: str) -> None:
        """Settle one lock, when and if it can be."""
        while True:
            seen = self._look(leg)
            lock = next((lock for lock in seen.locks if lock.id == lock_id), None)
            if lock is None:
                raise ChainTrouble(f"{lock_id} is no longer there: the chain reorganised, or its node changed its mind")
            try:
                action, secret = self._decide(seen, lock)
                break
            except NotYet as early:
                if not self.options.wait:
                    raise
                print(f"waiting: {early}", flush=True)
                _wait(leg, early.opens_at)
        if action is None:
            print(f"{lock.id} is {lock.state} already: nothing is left to do")
            return
        call = leg.call(action, lock, secret)
        for warning in leg.probe(call, sender):
            _warn(warning)
        print(f"{action} of {lock.id} by {sender}: {json.dumps(call.shown)}")
        if self.options.dry_run:
            print("dry run: nothing was sent")
            return
        sent = leg.send(call)
        print(f"sent: {sent}; waiting until it is final")
        print(leg.confirm(call, sent, self.options.timeout))

    def _decide(self, seen: Seen, lock: Lock) -> tuple[str | None, bytes | None]:
        if self.action == "refund":
            return refund_action(seen, lock), None
        other = self._other()
        public = public_secret(self.receipt, [seen, *([other] if other else [])])
        action = claim_action(self.receipt, seen, lock, public=bool(public), accept_risk=self.options.accept_risk)
        if action != "claim":
            return action, None
        if public is None:
            self._witnesses(lock)
        if public is None and self.side == "destination":
            for warning in warnings_before_claim(self.receipt, other, self.receipt.source.chain):
                _warn(warning)
        return action, public or self._own_secret()

    def _witnesses(self, lock: Lock) -> None:
        """Every further node of the chain must show the same lock before a secret leaves: one that lies could invent it."""
        leg = self.receipt.leg(self.side)
        for place, url in enumerate(self.urls[leg.chain][1:], 2):
            seen = self._look(self._leg_at(leg, url))
            shown = next((other for other in seen.locks if other.id == lock.id), None)
            if shown != lock:
                told = "does not show it" if shown is None else f"shows it as {shown.state}, final: {shown.final}"
                raise Unsafe(f"the nodes disagree: --rpc {leg.chain} number {place} {told} ({lock.id})")

    def _other(self) -> Seen | None:
        """The other leg, if it can be seen: that it cannot keeps nobody from claiming in time."""
        side = OTHER[self.side]
        if self.receipt.leg(side).chain not in self.urls:
            return None
        try:
            return self._look(self._leg(side, None))
        except RescueError as error:
            _warn(f"the {side} could not be looked at: {error}")
            return None

    def _look(self, leg: ChainLeg) -> Seen:
        leg.check()
        return Seen(leg.leg, leg.locks(), leg.time(), int(time.time()))

    def _leg(self, side: str, key: EvmKey | NearKey | None) -> ChainLeg:
        leg = self.receipt.leg(side)
        if leg.chain not in self.urls:
            raise BadInput(f"the {side} is on {leg.chain}: give --rpc {leg.chain}=URL")
        return self._leg_at(leg, self.urls[leg.chain][0], key)

    def _leg_at(self, leg: Leg, url: str, key: EvmKey | NearKey | None = None) -> ChainLeg:
        node = Node(leg.chain, url)
        if leg.family == "evm":
            return EvmLeg(self.receipt, leg, node, key if isinstance(key, EvmKey) else None)
        return NearLeg(self.receipt, leg, node, key if isinstance(key, NearKey) else None)

    def _key(self) -> EvmKey | NearKey:
        path = self.options.key_file
        if path is None:
            raise BadInput("--key-file is needed: a key of any account that can pay for gas")
        key = key_read(path, self.receipt.leg(self.side).family, self.options.account)
        if readable_by_others(path):
            _warn(f"other users of this machine can read {path}: chmod 600 it")
        return key

    def _own_secret(self) -> bytes:
        if self.secret is None:
            service = "the service made it, and only a claim of the service shows it"
            who = service if self.receipt.custody == "service" else "give yours by --secret-file"
            raise BadInput(f"the secret is not public yet: {who}")
        return self.secret


def _wait(leg: ChainLeg, opens_at: int | None) -> None:
    """Until the chain's time has come; for finality, a moment."""
    if opens_at is None:
        time.sleep(LONGEST_NAP)
        return
    while (left := opens_at - leg.time().head) > 0:
        time.sleep(max(SHORTEST_NAP, min(LONGEST_NAP, left)))


def _introduce(receipt: Receipt, service_key: str | None) -> None:
    print(
        f"receipt of {receipt.session_id}: {receipt.source.chain} to {receipt.destination.chain}, issued {receipt.issued_at}, "
        f"hashlock 0x{receipt.hashlock.hex()} ({receipt.hash_function}), secret kept by the {receipt.custody}"
    )
    known = "the key you named" if service_key else "NOT checked whose: --service-key does"
    print(f"signed by {receipt.public_key} ({receipt.key_id}; {known})")


def _urls(given: list[str], chains: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in given:
        chain, _, url = item.partition("=")
        if not url:
            raise BadInput("--rpc: give CHAIN=URL, as in --rpc base=https://…")
        if chain not in chains:
            raise BadInput(f"--rpc {chain}: the receipt's chains are {' and '.join(sorted(chains))}")
        found.setdefault(chain, []).append(url)
    return found


def _warn(message: str) -> None:
    print(f"warning: {message}", file=sys.stderr)
