# Made from _async/evm.py by sdk/generate.py: change that file instead.
"""A leg on an EVM chain, read from the client's own nodes. Its address follows from its terms: if there is an escrow of the
factory's there, it has exactly these terms, and was made when they say."""

import time
from dataclasses import dataclass
from typing import Literal

from eth_utils.crypto import keccak

from onebalancer._sync.rpc import Node
from onebalancer.chains import EvmChain, endpoints
from onebalancer.differences import Differences
from onebalancer.errors import ChainUnreachable, Difference, NodeRefused
from onebalancer.evm_terms import Stage, Terms, call_data, escrow_address, proxy_code
from onebalancer.models import LegDocument
from onebalancer.secrets import HashFunction, SwapRecord

Side = Literal["source", "destination"]
HASHES: tuple[HashFunction, HashFunction] = ("sha256", "keccak256")


@dataclass(frozen=True)
class Block:
    """`time` in unix seconds."""

    number: int
    time: int


class EvmNode(Node):
    """What is asked of an EVM node."""

    def number(self, method: str, *params: object) -> int:
        """A quantity."""
        return int(self.rpc(method, list(params)), 16)

    def block(self, which: str | int) -> Block:
        """By tag or height. Raises `ChainUnreachable` where there is none."""
        found = self.rpc("eth_getBlockByNumber", [_tag(which), False])
        if not found:
            raise ChainUnreachable(f"{self.host} has no block {which}")
        return Block(int(found["number"], 16), int(found["timestamp"], 16))

    def final_block(self, finality: str | int) -> Block:
        """The newest that counts as final."""
        if isinstance(finality, str):
            return self.block(finality)
        return self.block(max(0, (self.block("latest")).number - finality))

    def code(self, address: str, at: str | int) -> bytes:
        """What stands at an address."""
        return bytes.fromhex((self.rpc("eth_getCode", [address, _tag(at)]))[2:])

    def balance(self, token: str, account: str, at: str | int) -> int:
        """Base units of a token, or wei for address zero."""
        if int(token, 16) == 0:
            return self.number("eth_getBalance", account, _tag(at))
        call = {"to": token, "data": call_data("balanceOf(address)", account)}
        answer = self.rpc("eth_call", [call, _tag(at)])
        return int(answer[:66], 16) if len(answer) >= 66 else 0

    def view(self, contract: str, signature: str) -> int | None:
        """A view without arguments; None where the contract has no such function."""
        try:
            answer = self.rpc("eth_call", [{"to": contract, "data": call_data(signature)}, "latest"])
        except NodeRefused as refused:
            if "revert" in str(refused).lower():
                return None
            raise
        return int(answer[:66], 16) if len(answer) >= 66 else None

    def would_pay(self, token: str, payer: str, payee: str, amount: int) -> bool:
        """Whether a token lets one pay the other, tried without sending it; False for one that reverts or says no."""
        if int(token, 16) == 0:
            return True
        call = {"from": payer, "to": token, "data": call_data("transfer(address,uint256)", payee, amount)}
        try:
            answer = self.rpc("eth_call", [call, "latest"])
        except NodeRefused:
            return False
        return answer == "0x" or int(answer, 16) == 1

    def hash_function(self, factory: str) -> str:
        """By which hash the factory's escrows go; 1inch's own do not say, and take keccak256."""
        said = self.view(factory, "HASH_FUNCTION()")
        if said is None:
            return "keccak256"
        return HASHES[said] if said < len(HASHES) else f"number {said}"


def evm_differences(side: Side, chain: EvmChain, record: SwapRecord, leg: LegDocument) -> list[Difference]:
    """Everything that differs from what was agreed; nothing does for a lock to which a secret may go."""
    told = Differences(side)
    terms = _claimed(told, leg)
    if terms is None:
        return told.found
    (_destination_terms if side == "destination" else _source_terms)(told, record, terms)
    if terms.created_at == 0:
        told.add("the lock", "not made yet", "an escrow", may_change=True)
    if told.found:
        return told.found
    found: list[Difference] = []
    for url in endpoints(chain):
        found += _on_chain(side, chain, record, terms, EvmNode(url))
    return found


def _claimed(told: Differences, leg: LegDocument) -> Terms | None:
    """What the service says that the escrow is: only a hint, and all of it is checked."""
    try:
        return Terms.of_json(leg["terms"]["immutables"])  # type: ignore[typeddict-item]
    except (KeyError, TypeError, ValueError):
        told.add("terms", "unreadable", "the immutables of an escrow")
        return None


def _destination_terms(told: Differences, record: SwapRecord, terms: Terms) -> None:
    least = record.minimum_destination_amount
    told.same("hashlock", terms.hashlock, record.hashlock)
    told.same("payee", terms.maker, record.request["taker"])
    told.same("token", terms.token, record.request["destinationToken"])
    told.holds("amount", terms.amount >= least, terms.amount, f"at least {least}")


def _source_terms(told: Differences, record: SwapRecord, terms: Terms) -> None:
    told.same("hashlock", terms.hashlock, record.hashlock)
    told.same("refundee", terms.maker, record.request["maker"])
    told.same("token", terms.token, record.request["sourceToken"])
    told.same("amount", terms.amount, record.request["sourceAmount"])
    plain = terms.unstamped().plain()
    for name, sent in (record.source_terms or {}).items():
        told.same(name, plain.get(name), sent)


def _on_chain(side: Side, chain: EvmChain, record: SwapRecord, terms: Terms, node: EvmNode) -> list[Difference]:
    told = Differences(f"{side} on {node.host}")
    implementation = _family(told, side, chain, record, node)
    if implementation is None:
        return told.found
    final, head = node.final_block(chain.finality), node.block("latest")
    address = escrow_address(chain.escrow_factory, implementation, terms)
    _holds_the_amount(told, node, address, implementation, terms, final)
    if side == "destination" and not told.found:
        _in_time(told, chain, terms, head)
        pays = node.would_pay(terms.token, address, terms.maker, terms.amount)
        told.holds("the token", pays, "unwilling to pay", f"able to pay {terms.maker}")
    return told.found


def _family(told: Differences, side: Side, chain: EvmChain, record: SwapRecord, node: EvmNode) -> str | None:
    """The node is of the right chain, and the factory the client's own. Gives the implementation that its escrows run."""
    told.same("chain id", node.number("eth_chainId"), chain.chain_id)
    code = node.code(chain.escrow_factory, "latest")
    told.holds("the escrow factory", bool(code), "without code", chain.escrow_factory)
    if chain.factory_code_hash is not None:
        told.same("the escrow factory's code", "0x" + bytes(keccak(code)).hex(), chain.factory_code_hash)
    if told.found:
        return None
    told.same("hash function", node.hash_function(chain.escrow_factory), record.hash_function)
    name = "ESCROW_SRC_IMPLEMENTATION()" if side == "source" else "ESCROW_DST_IMPLEMENTATION()"
    implementation = node.view(chain.escrow_factory, name)
    told.holds("the escrow factory", implementation is not None, "without escrows", name)
    return None if told.found or implementation is None else f"0x{implementation:040x}"


def _holds_the_amount(
    told: Differences, node: EvmNode, address: str, implementation: str, terms: Terms, final: Block
) -> None:
    if not node.code(address, "latest"):
        told.add("the lock", f"absent at {address}", "an escrow with the agreed terms", may_change=True)
        return
    code = node.code(address, final.number)
    if not code:
        told.add("the lock", "not final yet", f"in a block up to {final.number}", may_change=True)
        return
    told.same("the escrow's code", code.hex(), proxy_code(implementation).hex())
    deposit = terms.safety_deposit if int(terms.token, 16) == 0 else 0
    for at in (final.number, "latest"):
        held = node.balance(terms.token, address, at) - deposit
        told.holds("the escrow's balance", held >= terms.amount, held, f"at least {terms.amount}")


def _in_time(told: Differences, chain: EvmChain, terms: Terms, head: Block) -> None:
    """Its payee can claim now, and has the time to; anybody can, if the service does not."""
    opens, ends = terms.begins(Stage.DESTINATION_WITHDRAWAL), terms.begins(Stage.DESTINATION_CANCELLATION)
    left = ends - max(head.time, int(time.time()))
    public = ends - terms.begins(Stage.DESTINATION_PUBLIC_WITHDRAWAL)
    told.holds("the claim", head.time >= opens, f"closed until {opens}", f"open at {head.time}", may_change=True)
    told.holds("time left", left >= chain.min_seconds_left, f"{left} s", f"at least {chain.min_seconds_left} s")
    wanted = chain.min_public_seconds
    told.holds("time in which anybody can claim", public >= wanted, f"{public} s", f"at least {wanted} s")


def _tag(which: str | int) -> str:
    return hex(which) if isinstance(which, int) else which
