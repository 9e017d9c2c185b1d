"""The demo's swaps: both directions at once, followed over the WebSocket, and every balance checked to the base unit."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from devnet.client import FinalityClock, Maker, RestClient, Swap, Updates
from devnet.network import ALICE, MAKER, NEAR, US, USDC_ON_BASE, USDT, Network
from devnet.service import API_KEY, Service

Document = dict[str, Any]
ETH = "0x" + "0" * 40


class Imbalance(RuntimeError):
    """A balance is not what the swaps should have made it."""


@dataclass(frozen=True)
class Holding:
    """One line of the table: whose balance of which token, and by how much the swaps should change it."""

    label: str
    chain: str
    token: str
    symbol: str
    account: str
    decimals: int
    change: int


@dataclass
class Demo:
    """Two swaps on a running service. `say` prints a line."""

    network: Network
    service: Service
    say: Callable[[str], Any]
    began: float
    labels: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Both swaps. Raises `ClientError` when one does not complete, `Imbalance` when a balance is off."""
        rest = RestClient(self.service.base_url, API_KEY)
        forth, back = self._swaps(rest)
        holdings = self._holdings()
        before = [self._balance(holding) for holding in holdings]
        with FinalityClock(self.network) as clock, Updates(self.service.base_url, API_KEY, self._progress) as updates:
            for label, swap in (("base → near", forth), ("near → base", back)):
                self.labels[swap.create()["sessionId"]] = label
                updates.follow(swap.session_id)
            with ThreadPoolExecutor() as pool:
                for future in [pool.submit(self._drive, swap) for swap in (forth, back)]:
                    future.result()
            self._settle()
            if updates.gaps:
                raise Imbalance(f"updates were missing: {updates.gaps}")
            reactions = [self._reaction(clock, swap) for swap in (forth, back)]
        fees = self._maker_fees([forth, back])
        self._table(holdings, before, fees, reactions)

    def _swaps(self, rest: RestClient) -> tuple[Swap, Swap]:
        maker = Maker(self.network, MAKER, ALICE)
        other = Maker(self.network, MAKER, ALICE)
        forth = {
            "sourceChain": "base",
            "destinationChain": "near",
            "sourceToken": USDC_ON_BASE,
            "destinationToken": USDT,
            "sourceAmount": "1000000000",
            "destinationAmount": "999000000",
            "maker": MAKER.address,
            "taker": ALICE,
            "slippageTolerance": 100,
        }
        back = {
            "sourceChain": "near",
            "destinationChain": "base",
            "sourceToken": "near",
            "destinationToken": USDC_ON_BASE,
            "sourceAmount": str(40 * NEAR),
            "destinationAmount": "99700000",
            "maker": ALICE,
            "taker": MAKER.address,
            "slippageTolerance": 100,
        }
        return Swap(rest, maker, forth), Swap(rest, other, back)

    @staticmethod
    def _drive(swap: Swap) -> None:
        swap.execute_and_lock()
        swap.wait_for("both_locked")
        swap.hand_over()
        swap.wait_for("completed")

    def _progress(self, update: Document) -> None:
        data = update["data"]
        sent = data.get("transaction")
        where = f"{sent['chain']:<5} {sent['step']} {sent['state']} {sent['hash'][:18]}…" if sent else data["cause"]
        elapsed = time.monotonic() - self.began
        self.say(
            f"{elapsed:6.1f} s  {self.labels[update['sessionId']]}  {data['progress']:>3} %  {update['status']:<20} {where}"
        )

    def _settle(self) -> None:
        """The last receipts' refunds of gas reach their accounts a block or two after a transaction is final."""
        self.network.near.rpc("status", {})
        time.sleep(2 * (self.network.figures.near_block or 0))

    # Balances

    def _holdings(self) -> list[Holding]:
        resolver = self.network.deployments["base"].resolver
        return [
            Holding("maker", "base", USDC_ON_BASE, "USDC", MAKER.address, 6, -1_000_000_000 + 99_700_000),
            Holding("maker", "base", ETH, "ETH", MAKER.address, 18, 0),
            Holding("we (Resolver)", "base", USDC_ON_BASE, "USDC", resolver, 6, 1_000_000_000 - 99_700_000),
            Holding(ALICE, "near", USDT, "USDT", ALICE, 6, 999_000_000),
            Holding(ALICE, "near", "near", "NEAR", ALICE, 24, -40 * NEAR),
            Holding(f"we ({US})", "near", USDT, "USDT", US, 6, -999_000_000),
            Holding(f"we ({US})", "near", "near", "NEAR", US, 24, 40 * NEAR),
        ]

    def _balance(self, holding: Holding) -> int:
        if holding.chain == "near":
            return self.network.near_balance(holding.token, holding.account)
        return self.network.evm_balance(holding.chain, holding.token, holding.account)

    def _maker_fees(self, swaps: list[Swap]) -> dict[tuple[str, str], int]:
        """What the networks took, by chain and account, from the chains' own receipts; storage prepaid counts too."""
        fees = {("base", MAKER.address): 0, ("near", ALICE): 0, ("near", US): 0}
        for swap in swaps:
            for chain, tx_hash in swap.maker_transactions:
                account = ALICE if chain == "near" else MAKER.address
                fees[chain, account] += self._fee(chain, tx_hash, account)
            for sent in swap.document["transactions"]:
                if sent["chain"] == "near":
                    fees["near", US] += self._fee("near", sent["hash"], US)
        return fees

    def _fee(self, chain: str, tx_hash: str, account: str) -> int:
        if chain == "near":
            outcome = self.network.near.rpc("EXPERIMENTAL_tx_status", [tx_hash, account])
            burnt = sum(
                int(part["outcome"]["tokens_burnt"])
                for part in [outcome["transaction_outcome"], *outcome["receipts_outcome"]]
            )
            return burnt + _deposited(outcome)
        receipt = self.network.evm[chain].rpc.call("eth_getTransactionReceipt", tx_hash)
        return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)

    def _table(
        self, holdings: list[Holding], before: list[int], fees: dict[tuple[str, str], int], reactions: list[float]
    ) -> None:
        self.say(
            "\n  who                  token        before              after               change           network + storage  "
        )
        wrong = []
        for holding, was in zip(holdings, before, strict=True):
            now = self._balance(holding)
            native = holding.token in (ETH, "near")
            fee = fees.get((holding.chain, holding.account), 0) if native else 0
            off = now - was - holding.change + fee
            units = [_units(value, holding.decimals) for value in (was, now, now - was, fee)]
            mark = "exact" if off == 0 else f"OFF BY {off}"
            self.say(
                f"  {holding.label:<20} {holding.symbol:<5}{holding.chain:<5} {units[0]:>19} {units[1]:>19} "
                f"{units[2]:>19} {units[3]:>14}  {mark}"
            )
            if off:
                wrong.append(f"{holding.label} {holding.symbol} on {holding.chain} by {off}")
        listed = ", ".join(f"{seconds * 1000:.0f} ms" for seconds in reactions)
        middle = f"{median(reactions) * 1000:.0f} ms"
        self.say(f"  reaction, from the source lock being final to our lock being sent: {listed}; median {middle}\n")
        if wrong:
            raise Imbalance(f"off by base units: {'; '.join(wrong)}")

    def _reaction(self, clock: FinalityClock, swap: Swap) -> float:
        """Seconds between our seeing the source lock's block final and the service sending its own lock."""
        return reaction_seconds(clock, swap)


def reaction_seconds(clock: FinalityClock, swap: Swap) -> float:
    """Seconds from the source lock's block being final, by our own clock, to the destination lock being sent."""
    from datetime import datetime

    document = swap.document
    sent = next(sent for sent in document["transactions"] if sent["step"] == "destination_lock")
    height = document["legs"]["source"]["lockHeight"]
    final_at = clock.final_at(document["sourceChain"], height)
    assert final_at is not None
    return datetime.fromisoformat(sent["sentAt"]).timestamp() - final_at


def _deposited(outcome: Document) -> int:
    """What a transaction attached besides a lock's amount: storage prepaid with the HTLC (it comes back when the lock is
    removed), and the one yoctoNEAR by which NEP-141 proves a full-access key."""
    calls = (action["FunctionCall"] for action in outcome["transaction"]["actions"] if "FunctionCall" in action)
    return sum(int(call["deposit"]) for call in calls if call["method_name"] != "lock")


def _units(value: int, decimals: int) -> str:
    """Whole tokens with six places, for people; the check itself is in base units."""
    sign, value = ("-" if value < 0 else ""), abs(value)
    whole, part = divmod(value, 10**decimals)
    places = f"{part:0{decimals}d}"[:6] if decimals else ""
    return f"{sign}{whole:,}.{places}"
