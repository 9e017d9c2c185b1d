"""What the maker can do for himself, ready to copy. Pure: from `swaps.services.rescue`'s document.

A claim is offered only once a chain shows its secret to everybody; before that the page has no place for one.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from swaps.status_page.writing import Countdown, chain_title, compact, moment

TERA = 10**12
NEAR_NETWORKS = ("mainnet", "testnet")
STANDING = ("seen", "locked")


@dataclass(frozen=True)
class CopyField:
    """Something to copy: what it is, and its text."""

    id: str
    label: str
    text: str


@dataclass(frozen=True)
class RescueView:
    """One call that the maker, or anybody, can send: what it does, whether it works now and if not why, or from when."""

    id: str
    title: str
    text: str
    available: bool
    reason: str
    opens: Countdown | None
    fields: tuple[CopyField, ...]
    command: CopyField | None


def rescues_of(rescue: Mapping[str, Any], amounts: Mapping[str, str], now: datetime) -> tuple[RescueView, ...]:
    """The calls that are of use to the maker now or later, in the order in which he would look for them."""
    return tuple(_rescues(rescue, amounts, now))


def _rescues(rescue: Mapping[str, Any], amounts: Mapping[str, str], now: datetime) -> Iterator[RescueView]:
    source, destination = rescue["legs"]["source"], rescue["legs"]["destination"]
    if rescue["secretIsPublic"] and destination["state"] in STANDING and destination["claim"]["call"]:
        text = (
            f"The secret is public, so anyone can send this call on {chain_title(destination['chain'])}: it pays "
            f"{destination['claim']['pays']}, whoever sends it."
        )
        yield _view("claim", f"Claim your {amounts['destination']}", text, destination, destination["claim"], now)
    if source["state"] in STANDING and source["refund"]["call"]:
        text = (
            f"Anyone can send this call on {chain_title(source['chain'])}: it pays {source['refund']['pays']}, whoever "
            "sends it. The contract takes it once the time for the swap is over."
        )
        yield _view("refund", f"Take back your {amounts['source']}", text, source, source["refund"], now)
    for side, leg in (("destination", destination), ("source", source)):
        if leg["pay"] and leg["state"] == ("claimed" if side == "destination" else "refunded"):
            text = "The lock was settled, and paying it out failed. Anyone can try again, as often as needed."
            yield _view(f"pay-{side}", f"Have your {amounts[side]} paid out", text, leg, leg["pay"], now)


def _view(
    name: str, title: str, text: str, leg: Mapping[str, Any], option: Mapping[str, Any], now: datetime
) -> RescueView:
    wait, opens = option.get("secondsToWait") or 0, moment(option.get("from"), now)
    countdown = Countdown("possible from", opens, wait) if opens and wait and leg["publicRefund"] else None
    return RescueView(
        id=name,
        title=title,
        text=text,
        available=bool(option["available"]),
        reason="" if option["available"] or countdown else _sentence(option["reason"] or ""),
        opens=countdown,
        fields=tuple(_fields(name, leg["family"], option["call"])),
        command=_command(name, leg["family"], option["call"]),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." if text else ""


def _fields(name: str, family: str, call: Mapping[str, Any]) -> Iterator[CopyField]:
    for label, text in _parts(family, call):
        yield CopyField(f"{name}-{label.lower().replace(' ', '-')}", label, text)


def _parts(family: str, call: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if family == "evm":
        yield "Chain id", str(call["chainId"])
        yield "To", call["to"]
        yield "Value", call["value"]
        yield "Data", call["data"]
        return
    action = call["actions"][0]
    yield "Network", call["networkId"]
    yield "Contract", call["receiverId"]
    yield "Method", action["methodName"]
    yield "Arguments", compact(action["args"])
    yield "Gas", action["gas"]


def _command(name: str, family: str, call: Mapping[str, Any]) -> CopyField | None:
    """The same for a terminal: Foundry's `cast`, or NEAR's `near`, where the network has a name that it knows."""
    if family == "evm":
        command = f"cast send {call['to']} {call['data']} --rpc-url YOUR_NODE --interactive"
        return CopyField(f"{name}-command", "With Foundry", command)
    if call["networkId"] not in NEAR_NETWORKS:
        return None
    action = call["actions"][0]
    command = (
        f"near contract call-function as-transaction {call['receiverId']} {action['methodName']} "
        f"json-args {shlex.quote(compact(action['args']))} prepaid-gas '{int(action['gas']) // TERA} Tgas' "
        f"attached-deposit '0 NEAR' sign-as YOUR_ACCOUNT network-config {call['networkId']} sign-with-keychain send"
    )
    return CopyField(f"{name}-command", "With the NEAR command line", command)
