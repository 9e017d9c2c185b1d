"""The command line."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from onebalancer_rescue.errors import BadInput, NotYet, RescueError
from onebalancer_rescue.evm import EvmLeg
from onebalancer_rescue.evm_sending import EvmKey
from onebalancer_rescue.keys import key_read, readable_by_others, secret_read
from onebalancer_rescue.locks import ChainLeg, Lock
from onebalancer_rescue.near import NearLeg
from onebalancer_rescue.near_codec import NearKey
from onebalancer_rescue.plan import OTHER, Seen, claim_action, public_secret, refund_action, warnings_before_claim
from onebalancer_rescue.receipt import SIDES, Receipt, receipt_read
from onebalancer_rescue.rpc import Node
from onebalancer_rescue.words import amount_of, lock_story

LONGEST_NAP, SHORTEST_NAP = 5, 0.5  # seconds


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """The command line, parsed."""
    parser = argparse.ArgumentParser(
        prog="rescue.py", description="Refund or claim a swap with its receipt alone: the service is not needed."
    )
    parser.add_argument("command", choices=("status", "refund", "claim"))
    parser.add_argument("--receipt", type=Path, required=True, help="what GET /api/v1/sessions/…/receipt answered")
    parser.add_argument("--rpc", action="append", default=[], metavar="CHAIN=URL", help="a node; once for each chain")
    parser.add_argument("--service-key", metavar="HEX", help="the service's public key, from GET /api/v1/receipt-keys")
    parser.add_argument("--key-file", type=Path, help="a key of any account that can pay for gas")
    parser.add_argument("--account", help="the NEAR account, where the key file names none")
    parser.add_argument("--secret-file", type=Path, help="your secret, 32 bytes in hex: only for claims")
    parser.add_argument("--leg", choices=SIDES, help="default: refund the source, claim the destination")
    parser.add_argument("--dry-run", action="store_true", help="check everything, show the call, send nothing")
    parser.add_argument("--wait", action="store_true", help="wait until the contract allows it")
    parser.add_argument(
        "--accept-risk", action="store_true", help="send the secret although this program advises against it"
    )
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS", help="how long to wait for finality")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Run a command; gives the exit status: 0 done, or that of the error (errors.py)."""
    options = arguments(words)
    try:
        Rescue(options).run()
    except RescueError as error:
        print(f"rescue: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("rescue: interrupted; run `status` to see what was done", file=sys.stderr)
        return 130
    return 0


class Rescue:
    """One run of the program."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.receipt = receipt_read(options.receipt, options.service_key)
        self.urls = _urls(options.rpc, {self.receipt.source.chain, self.receipt.destination.chain})
        self.action = options.command
        self.side = options.leg or ("destination" if self.action == "claim" else "source")

    def run(self) -> None:
        """Do what the command line says. Raises `RescueError`."""
        _introduce(self.receipt, self.options.service_key)
        if self.action == "status":
            self._status()
            return
        self._act()

    def _status(self) -> None:
        looked = [side for side in SIDES if self.receipt.leg(side).chain in self.urls]
        if not looked:
            raise BadInput("no --rpc was given for any of the receipt's chains")
        for side in SIDES:
            leg = self.receipt.leg(side)
            print(f"{side}: {amount_of(leg)} on {leg.chain}, from {leg.refundee} to {leg.payee}")
            if side not in looked:
                print(f"  not looked at: give --rpc {leg.chain}=URL")
                continue
            seen = self._look(self._leg(side, None))
            if not seen.locks:
                print("  nothing is locked (or it was settled long ago and removed)")
            for lock in seen.locks:
                print("  " + "\n    ".join(lock_story(leg, lock, seen.time.head)))

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
            lock = next(lock for lock in seen.locks if lock.id == lock_id)
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
        if public is None and self.side == "destination":
            for warning in warnings_before_claim(self.receipt, other, self.receipt.source.chain):
                _warn(warning)
        return action, public or self._secret()

    def _other(self) -> Seen | None:
        side = OTHER[self.side]
        return self._look(self._leg(side, None)) if self.receipt.leg(side).chain in self.urls else None

    def _look(self, leg: ChainLeg) -> Seen:
        leg.check()
        return Seen(leg.leg, leg.locks(), leg.time(), int(time.time()))

    def _leg(self, side: str, key: EvmKey | NearKey | None) -> ChainLeg:
        leg = self.receipt.leg(side)
        if leg.chain not in self.urls:
            raise BadInput(f"the {side} is on {leg.chain}: give --rpc {leg.chain}=URL")
        node = Node(leg.chain, self.urls[leg.chain])
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

    def _secret(self) -> bytes:
        if self.options.secret_file is None:
            raise BadInput("the secret is not public yet: give yours by --secret-file")
        return secret_read(self.options.secret_file, self.receipt)


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


def _urls(given: list[str], chains: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in given:
        chain, _, url = item.partition("=")
        if not url or chain in found:
            raise BadInput(f"--rpc {chain}: give CHAIN=URL, once for each chain")
        if chain not in chains:
            raise BadInput(f"--rpc {chain}: the receipt's chains are {' and '.join(sorted(chains))}")
        found[chain] = url
    return found


def _warn(message: str) -> None:
    print(f"warning: {message}", file=sys.stderr)
