"""One chain with our contracts and a maker, a taker and a stranger on it: a place to try escrows in."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from devnet.evm.accounts import dev_account
from devnet.evm.anvil import Anvil
from devnet.evm.artifacts import artifact
from devnet.evm.contracts import Contract
from devnet.evm.deploy import EvmDeployment, HashFunctionName, deploy_contract, deploy_suite
from devnet.evm.lop import limit_order_protocol
from devnet.evm.orders import Auction, SwapOrder
from devnet.evm.terms import DEFAULT_STAGES, NATIVE, Terms

SECRET = bytes(range(32))
ORDER_HASH = b"\x11" * 32
AMOUNT = 10**8
DEPOSIT = 10**15
NEVER = 2**40
DEPLOYER, MAKER, TAKER, STRANGER, OPERATOR = (dev_account(index) for index in range(5))


@dataclass(frozen=True)
class Lock:
    """An escrow that stands: its terms with the time of creation, and its contract."""

    terms: Terms
    escrow: Contract
    receipt: dict[str, Any]


class World:
    """The suite of one hash function. TAKER is a plain account; `resolver` is the contract that OPERATOR drives."""

    def __init__(self, anvil: Anvil, hash_function: HashFunctionName = "sha256") -> None:
        self.anvil = anvil
        self.deployment: EvmDeployment = deploy_suite(anvil, DEPLOYER.key, hash_function, operators=(OPERATOR.address,))
        self.factory = self.contract("EscrowFactory", self.deployment.factory)
        self.resolver = self.contract("Resolver", self.deployment.resolver)
        self.protocol = Contract(anvil, limit_order_protocol(), self.deployment.limit_order_protocol)
        self.token = self.contract("TestToken", self.deployment.tokens["USDC"])
        anvil.set_balance(self.deployment.resolver, 10**20)

    def contract(self, name: str, address: str) -> Contract:
        """A contract of ours at an address."""
        return Contract(self.anvil, artifact(name), address)

    def deploy(self, name: str, *arguments: Any) -> Contract:
        """A new contract of ours."""
        return self.contract(name, deploy_contract(self.anvil, DEPLOYER.key, name, *arguments))

    def hashlock(self, secret: bytes = SECRET) -> bytes:
        """By the suite's hash function."""
        if self.deployment.hash_function == "sha256":
            return hashlib.sha256(secret).digest()
        from eth_utils.crypto import keccak

        return keccak(secret)

    # terms and locks

    def terms(self, **changes: Any) -> Terms:
        """Reasonable terms from MAKER to TAKER in the suite's token, with fields replaced."""
        plain = Terms(
            order_hash=ORDER_HASH,
            hashlock=self.hashlock(),
            maker=MAKER.address,
            taker=TAKER.address,
            token=self.token.address,
            amount=AMOUNT,
            safety_deposit=DEPOSIT,
        )
        return replace(plain, **changes)

    def lock_source(self, terms: Terms | None = None, token: Contract | None = None) -> Lock:
        """The maker's own lock by `createSrcEscrow`, his tokens minted and approved."""
        terms = terms or self.terms()
        self.fund(terms.maker, terms, token or self.token)
        receipt = self.factory.send("createSrcEscrow", terms.words, sender=terms.maker, value=terms.native_value)
        return self.source_lock(terms, receipt)

    def lock_destination(self, terms: Terms | None = None, token: Contract | None = None) -> Lock:
        """A lock by TAKER's account with `createDstEscrow`, tokens minted and approved."""
        terms = terms or self.terms()
        self.fund(TAKER.address, terms, token or self.token)
        receipt = self.factory.send(
            "createDstEscrow", terms.words, NEVER, sender=TAKER.address, value=terms.native_value
        )
        return self.destination_lock(terms, receipt)

    def source_lock(self, terms: Terms, receipt: dict[str, Any]) -> Lock:
        """The source lock that a transaction made."""
        stamped = terms.created(self.time_of(receipt))
        address = stamped.escrow(self.deployment.factory, self.deployment.escrow_src_implementation)
        return Lock(stamped, self.contract("EscrowSrc", address), receipt)

    def destination_lock(self, terms: Terms, receipt: dict[str, Any]) -> Lock:
        """The destination lock that a transaction made."""
        stamped = terms.created(self.time_of(receipt))
        address = stamped.escrow(self.deployment.factory, self.deployment.escrow_dst_implementation)
        return Lock(stamped, self.contract("EscrowDst", address), receipt)

    def fund(self, owner: str, terms: Terms, token: Contract) -> None:
        """Give an account what the terms need, approved for the factory."""
        if terms.token == NATIVE:
            return
        token.send("mint", owner, terms.amount, sender=DEPLOYER.address)
        token.send("approve", self.factory.address, terms.amount, sender=owner)

    # orders

    def order(self, **changes: Any) -> SwapOrder:
        """MAKER's order for the resolver, its auction not yet begun, with fields replaced."""
        now = self.anvil.time
        plain = SwapOrder(
            factory=self.factory.address,
            maker=MAKER.address,
            maker_asset=self.token.address,
            taker_asset=self.deployment.always_paid,
            making_amount=AMOUNT,
            taking_amount=99 * 10**6,
            hashlock=self.hashlock(),
            dst_chain_id=31338,
            dst_token=self.token.address,
            auction=Auction(start=now + 60),
            expires_at=now + 3600,
            allowed_sender=self.resolver.address,
            stages=DEFAULT_STAGES,
        )
        return replace(plain, **changes)

    def order_terms(self, order: SwapOrder, order_hash: bytes) -> Terms:
        """The source terms that a fill of the order by the resolver leads to."""
        return self.terms(
            order_hash=order_hash,
            hashlock=order.hashlock,
            maker=order.maker,
            taker=self.resolver.address,
            token=order.maker_asset,
            amount=order.making_amount,
            safety_deposit=order.src_deposit,
            stages=order.stages,
        )

    def fill(self, order: SwapOrder, sender: str = OPERATOR.address, **changes: Any) -> Lock:
        """The operator fills MAKER's signed order through the resolver. `changes` replace arguments of `deploySrc`."""
        order_hash, r, vs = order.sign(MAKER.key, self.anvil.chain_id, self.protocol.address)
        terms = self.order_terms(order, order_hash)
        arguments = {
            "immutables": terms.words,
            "order": order.words,
            "r": r,
            "vs": vs,
            "amount": order.making_amount,
            "taker_traits": order.taker_traits,
            "args": order.extension,
        } | changes
        receipt = self.resolver.send("deploySrc", *arguments.values(), sender=sender)
        return self.source_lock(terms, receipt)

    # what is where

    def time_of(self, receipt: dict[str, Any]) -> int:
        """Unix time of a transaction's block."""
        return int(self.anvil.rpc.call("eth_getBlockByHash", receipt["blockHash"], False)["timestamp"], 16)

    def native(self, address: str) -> int:
        """Native balance in wei."""
        return int(self.anvil.rpc.call("eth_getBalance", address, "latest"), 16)

    def held(self, address: str, token: Contract | None = None) -> int:
        """Token balance in base units."""
        return int((token or self.token).call("balanceOf", address))

    def cost_of(self, receipt: dict[str, Any]) -> int:
        """What the sender paid for gas, in wei."""
        return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
