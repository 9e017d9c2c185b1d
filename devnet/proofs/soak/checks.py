"""What must hold once a soak is over: sessions, effects on the chains, balances, the service's own books."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from devnet.network import HTLC, US, USDC_ON_BASE, USDT, Network, maker_evm, maker_near
from devnet.proofs.soak.maker import Record
from devnet.proofs.soak.plan import NEVER

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"  # keccak of ERC-20's Transfer event
SUCCEEDED = "succeeded"


@dataclass(frozen=True)
class Balances:
    """Base units by (chain, account), of the one token that is swapped on each chain."""

    held: dict[tuple[str, str], int]


def balances(network: Network) -> Balances:
    """Of every maker and of ours, at the newest blocks."""
    resolver = network.deployments["base"].resolver
    evm = {resolver, *(maker_evm(number).address for number in range(network.makers))}
    near = {US, HTLC, *(maker_near(number) for number in range(network.makers))}
    held = {("base", account): network.evm_balance("base", USDC_ON_BASE, account) for account in evm}
    held |= {("near", account): network.near_balance(USDT, account) for account in near}
    return Balances(held)


def session_faults(records: list[Record]) -> list[tuple[Record, str]]:
    """Sessions that did not end, or ended as they may not, and calls of ours that succeeded twice."""
    found = []
    for record in records:
        if record.problem:
            found.append((record, record.problem))
        elif record.status not in record.plan.legal or record.document.get("reason") in NEVER:
            told = f"{record.status} ({record.document.get('reason')})"
            found.append((record, f"ended {told}, which is legal for {record.plan.fate} in no case"))
        found += [(record, f"{step} was made {count} times") for step, count in _doubled(record).items()]
    return found


def _doubled(record: Record) -> dict[str, int]:
    sent = record.document.get("transactions", [])
    counts = Counter(each["step"] for each in sent if each["state"] == SUCCEEDED)
    return {step: count for step, count in counts.items() if count > 1}


def balance_faults(network: Network, before: Balances, records: dict[int, list[Record]]) -> list[str]:
    """Balances that are not what the ended swaps should have made them; `records` by maker."""
    expected = dict(before.held)
    ours = {"base": network.deployments["base"].resolver, "near": US}
    for number, swaps in records.items():
        accounts = {"base": maker_evm(number).address, "near": maker_near(number)}
        for record in swaps:
            for chain, delta in zip(record.plan.route, record.deltas, strict=True):
                expected[chain, accounts[chain]] += delta
                expected[chain, ours[chain]] -= delta
    after = balances(network).held
    return [
        f"{account} on {chain} holds {after[chain, account]}, and should hold {wanted}: off by {after[chain, account] - wanted}"
        for (chain, account), wanted in expected.items()
        if after[chain, account] != wanted
    ]


def effect_faults(network: Network, records: list[Record]) -> list[tuple[Record, str]]:
    """Each escrow on the EVM chain was paid once, and paid out once."""
    logs = network.evm["base"].rpc.call(
        "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": USDC_ON_BASE, "topics": [TRANSFER]}
    )
    into, out = _transfers(logs, 2), _transfers(logs, 1)
    found = []
    for record in records:
        escrow = _escrow(record)
        if escrow and (into[escrow], out[escrow]) != (1, 1):
            found.append(
                (record, f"the escrow {escrow} was paid {into[escrow]} times and paid out {out[escrow]} times")
            )
    return found


def _transfers(logs: list[dict[str, Any]], topic: int) -> Counter[str]:
    return Counter("0x" + entry["topics"][topic][-40:].lower() for entry in logs)


def _escrow(record: Record) -> str:
    legs = record.document.get("legs", {}).values()
    found = next((leg["lockId"] for leg in legs if leg["chain"] == "base" and leg["lockId"]), "")
    return str(found).lower()
