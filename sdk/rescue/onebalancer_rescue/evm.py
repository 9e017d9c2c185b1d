"""A leg on an EVM chain: the escrow is found by the factory's event, and believed because its address follows from its terms."""

import secrets
from collections.abc import Iterator

from onebalancer_rescue import evm_codec as codec
from onebalancer_rescue.errors import BadInput, Unsafe
from onebalancer_rescue.evm_codec import WORD, Immutables
from onebalancer_rescue.evm_node import EvmNode, Json
from onebalancer_rescue.evm_sending import EvmKey, confirm, send
from onebalancer_rescue.locks import Call, ChainTime, Lock
from onebalancer_rescue.receipt import Leg, Receipt
from onebalancer_rescue.rpc import Node

LOOK_BACK = 3600  # seconds before the session in which a chain whose clock is ahead of ours may have its lock
CLAIM_GAS = 120_000  # of publicWithdraw beyond the token's own transfer
SOURCE_STAGES = (1, 2, 3)  # public withdrawal, cancellation, public cancellation
DESTINATION_STAGES = (5, 6, 6)


class EvmLeg:
    """See `ChainLeg`."""

    def __init__(self, receipt: Receipt, leg: Leg, node: Node, key: EvmKey | None) -> None:
        self.receipt, self.leg, self._key = receipt, leg, key
        self.node = EvmNode(node)
        self._factory = str(leg.contracts["factory"]).lower()
        self._implementation = str(leg.contracts["escrowImplementation"]).lower()
        self._agreed = Immutables.of_json(leg.terms)
        self._start: int | None = None
        self._orders = [bytes.fromhex(order[2:]) for order in leg.terms.get("orderHashes", ())]

    def check(self) -> None:
        found = self.node.number("eth_chainId")
        if str(found) != self.leg.network_id:
            raise BadInput(
                f"the node given for {self.leg.chain} is of chain {found}, and the receipt's is {self.leg.network_id}"
            )
        if not self.node.code(self._factory):
            raise BadInput(f"there is no contract at the receipt's escrow factory {self._factory} on {self.leg.chain}")
        said, error = self.node.try_call({"to": self._factory, "data": "0x" + codec.HASH_FUNCTION.hex()})
        function = (
            "keccak256" if error or not said else codec.HASHES[int.from_bytes(said, "big")]
        )  # 1inch's does not say
        if function != self.receipt.hash_function:
            raise BadInput(f"{self._factory} hashes by {function}, and the receipt says {self.receipt.hash_function}")

    def time(self) -> ChainTime:
        return ChainTime(self.node.block("latest")["time"], self._final_block()["time"])

    def locks(self) -> list[Lock]:
        newest, final = self.node.block("latest")["number"], self._final_block()["number"]
        if self._start is None:
            self._start = self.node.first_block_at(self.receipt.created_at - LOOK_BACK)
        return [self._lock(terms, log, newest, final) for terms, log in self._creations(self._start, newest)]

    def call(self, action: str, lock: Lock, secret: bytes | None) -> Call:
        terms: Immutables = lock.terms["immutables"]
        data = codec.refund_data(self.leg.side, terms)
        shown = {"chainId": int(self.leg.network_id), "to": lock.id, "value": "0"}
        if action == "claim":
            assert secret is not None
            data = codec.claim_data(secret, terms)
            hidden = codec.claim_data(bytes(WORD), terms).hex()
            return Call(action, lock, {**shown, "data": f"0x{hidden[:8]}<secret>{hidden[72:]}"}, data)
        return Call(action, lock, {**shown, "data": "0x" + data.hex()}, data)

    def sender(self) -> str:
        if self._key is None:
            raise BadInput(f"{self.leg.chain} needs an EVM key: 32 bytes in hex in the file that --key-file names")
        return self._key.address

    # What stands on the chain

    def _final_block(self) -> Json:
        rule = self.leg.finality
        if isinstance(rule, str):
            return self.node.block(rule)
        return self.node.block(max(0, self.node.block("latest")["number"] - rule))

    def _creations(self, start: int, end: int) -> Iterator[tuple[Immutables, Json]]:
        """The terms of each escrow with our hashlock that is this leg's, with the log of its creation."""
        source = self.leg.side == "source"
        event = codec.SOURCE_CREATED if source else codec.DESTINATION_CREATED
        for log in self.node.logs(self._factory, [event], start, end):
            data = bytes.fromhex(log["data"][2:])
            terms = self._of_source(data) if source else self._of_destination(data, int(log["blockNumber"], 16))
            if terms is not None:
                yield terms, log

    def _of_source(self, data: bytes) -> Immutables | None:
        """Whatever the maker locked under this hashlock: also what is not as agreed is his to be refunded."""
        terms = Immutables.of_words(data[: 8 * WORD])
        if terms is None or (terms.hashlock, terms.maker) != (self.receipt.hashlock, self._agreed.maker):
            return None
        return terms

    def _of_destination(self, data: bytes, height: int) -> Immutables | None:
        """Anyone may announce our hashlock; only terms that hash to the announced address are those agreed."""
        if data[WORD : 2 * WORD] != self.receipt.hashlock:
            return None
        terms = self._agreed.created(self.node.block(height)["time"])
        announced = "0x" + data[12:WORD].hex()
        return terms if self._address(terms) == announced else None

    def _address(self, terms: Immutables) -> str:
        return codec.escrow_address(self._factory, self._implementation, terms)

    def _lock(self, terms: Immutables, log: Json, newest: int, final: int) -> Lock:
        address, height = self._address(terms), int(log["blockNumber"], 16)
        if self.node.code(address) != codec.proxy_code(self._implementation):
            raise BadInput(f"{address} is not an escrow of the receipt's factory: the receipt or the node is wrong")
        state, secret = self._state(address, terms, height, newest)
        claim, until, refund = SOURCE_STAGES if self.leg.side == "source" else DESTINATION_STAGES
        return Lock(
            id=address,
            created_at=terms.created_at,
            claim_from=terms.stage(claim),
            claim_until=terms.stage(until),
            refund_from=terms.stage(refund),
            state=state,
            final=height <= final,
            secret=secret,
            differs=self._differences(terms),
            terms={"immutables": terms, "height": height},
        )

    def _state(self, address: str, terms: Immutables, height: int, newest: int) -> tuple[str, bytes | None]:
        if self.held(address, terms) >= terms.amount:
            return "locked", None
        for log in self.node.logs(address, [codec.WITHDRAWN, codec.CANCELLED], height, newest):
            if log["topics"][0] == codec.WITHDRAWN:
                return "claimed", bytes.fromhex(log["data"][2:])
            return "refunded", None
        return "emptied", None

    def held(self, address: str, terms: Immutables) -> int:
        """What an escrow holds of its token, base units."""
        if int(terms.token, 16) == 0:
            return self.node.coins(address) - terms.safety_deposit
        return int.from_bytes(self.node.view(terms.token, codec.balance_of_data(address)), "big")

    def _differences(self, terms: Immutables) -> tuple[str, ...]:
        agreed = self._agreed
        pairs = {
            "taker": (terms.taker, agreed.taker),
            "token": (terms.token, agreed.token),
            "amount": (terms.amount, agreed.amount),
            "safety deposit": (terms.safety_deposit, agreed.safety_deposit),
            "timelocks": (terms.offsets, agreed.offsets),
        }
        return tuple(
            f"{name} is {found}, agreed was {wanted}" for name, (found, wanted) in pairs.items() if found != wanted
        )

    # Trying and sending

    def probe(self, call: Call, sender: str) -> list[str]:
        terms: Immutables = call.lock.terms["immutables"]
        payee = self._payee(call, terms)
        if call.action == "claim":
            self._probe_claim(call.lock, terms, sender)
            self._probe_payment(call.lock.id, terms, payee)
        else:
            _, error = self.node.try_call({"from": sender, "to": call.lock.id, "data": "0x" + call.payload.hex()})
            if error:
                raise Unsafe(f"the escrow would refuse the refund (error {error}): nothing was sent")
        if call.action == "refund" and terms.order_hash not in self._orders:
            return ["the escrow's order is not one that this receipt names; its refund goes to the maker all the same"]
        return []

    def _probe_claim(self, lock: Lock, terms: Immutables, sender: str) -> None:
        """A wrong secret: the escrow looks at it last, so that its complaint shows that all else is right."""
        data = codec.claim_data(secrets.token_bytes(WORD), terms)
        _, error = self.node.try_call({"from": sender, "to": lock.id, "data": "0x" + data.hex()})
        if error == codec.INVALID_TIME:
            raise Unsafe("the escrow says that this is not the time to claim: the secret was not sent")
        if error != codec.INVALID_SECRET:
            raise Unsafe(f"the escrow would refuse the claim (error {error or 'none'}): the secret was not sent")

    def _probe_payment(self, escrow: str, terms: Immutables, payee: str) -> None:
        """The token's transfer, tried as if by the escrow."""
        call = payment_of(escrow, terms, payee)
        returned, error = self.node.try_call(call)
        if error or (returned and int.from_bytes(returned[:WORD], "big") != 1):
            raise Unsafe(f"the token would refuse to pay {payee} (error {error or 'false'}): the secret was not sent")

    def _payee(self, call: Call, terms: Immutables) -> str:
        """The taker is paid by a claimed source and a refunded destination, the maker by the other two."""
        return terms.taker if (call.action == "claim") == (self.leg.side == "source") else terms.maker

    def send(self, call: Call) -> str:
        assert self._key is not None
        terms: Immutables = call.lock.terms["immutables"]
        if call.action == "claim":  # estimated without the secret
            gas = CLAIM_GAS + self.node.estimate(payment_of(call.lock.id, terms, self._payee(call, terms)))
        else:
            gas = self.node.estimate({"from": self._key.address, "to": call.lock.id, "data": "0x" + call.payload.hex()})
        return send(self.node, self._key, int(self.leg.network_id), call.lock.id, call.payload, gas + gas // 3)

    def confirm(self, call: Call, transaction: str, seconds: float) -> str:
        terms: Immutables = call.lock.terms["immutables"]
        wanted = codec.WITHDRAWN if call.action == "claim" else codec.CANCELLED
        payee = self._payee(call, terms)
        return confirm(self.node, self._final_block, transaction, call.lock.id, wanted, terms, payee, seconds)


def payment_of(escrow: str, terms: Immutables, payee: str) -> Json:
    """The payment that settles an escrow, as a call of its own."""
    if int(terms.token, 16) == 0:
        return {"from": escrow, "to": payee, "value": hex(terms.amount)}
    return {"from": escrow, "to": terms.token, "data": "0x" + codec.transfer_data(payee, terms.amount).hex()}
