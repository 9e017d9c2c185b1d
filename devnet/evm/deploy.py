"""Our contracts, the order protocol and tokens on a local chain, in well under a second.

Everything is created by one key with consecutive nonces, so every address is known before anything is sent, and all
goes out in a few batches.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from devnet.evm.anvil import Anvil
from devnet.evm.artifacts import Artifact, artifact
from devnet.evm.lop import limit_order_protocol

HashFunctionName = Literal["sha256", "keccak256"]
HASH_FUNCTIONS: tuple[HashFunctionName, ...] = ("sha256", "keccak256")
RESCUE_DELAY = 8 * 24 * 3600
GAS_LIMIT = 8_000_000
PATIENCE = 100  # blocks in which a transaction of ours must be
GAS_PRICE_WEI = 100 * 10**9


class DeployError(RuntimeError):
    """A deployment transaction failed."""


@dataclass(frozen=True)
class TokenSpec:
    """A TestToken to deploy. With `address` its code is put there instead of at a new address."""

    symbol: str
    decimals: int
    name: str = ""
    address: str | None = None


@dataclass(frozen=True)
class Places:
    """Where the order protocol and the token that is always paid are to be, instead of at new addresses (EIP-55)."""

    limit_order_protocol: str
    true_token: str


PRODUCTION = Places("0x111111125421cA6dc452d289314280a0f8842A65", "0xda0000d4000015a526378bB6faFc650Cea5966F8")
"""1inch's own addresses on most chains: @1inch/cross-chain-sdk has them built in."""


@dataclass(frozen=True)
class EvmDeployment:
    """Addresses (EIP-55) of one suite on one chain. `tokens` is by symbol."""

    chain_id: int
    hash_function: HashFunctionName
    rescue_delay: int
    limit_order_protocol: str
    factory: str
    resolver: str
    resolver_owner: str
    escrow_src_implementation: str
    escrow_dst_implementation: str
    wrapped_native: str
    always_paid: str
    tokens: dict[str, str] = field(default_factory=dict)


USDC = TokenSpec("USDC", 6, "USD Coin")


def deploy_suite(
    anvil: Anvil,
    deployer_key: str,
    hash_function: HashFunctionName = "sha256",
    *,
    rescue_delay: int = RESCUE_DELAY,
    resolver_owner: str | None = None,
    operators: tuple[str, ...] = (),
    tokens: tuple[TokenSpec, ...] = (USDC,),
    limit_order_protocol_artifact: Artifact | None = None,
    places: Places | None = None,
) -> EvmDeployment:
    """Deploy everything that one EVM side of a swap needs.

    The resolver belongs to `resolver_owner` (an address, by default the deployer's); `operators` can be appointed here
    only when the deployer owns it. `rescue_delay` is in seconds. Raises `DeployError`; the order protocol's first
    compilation may raise `PackageError` or `NodeError`.
    """
    sender = Sender(anvil, deployer_key)
    owner = resolver_owner or sender.address
    if operators and owner != sender.address:
        raise DeployError("operators are appointed by the resolver's owner, who is not the deployer here")
    wrapped = sender.create(artifact("WrappedNative").deployment())
    made_protocol = sender.create((limit_order_protocol_artifact or limit_order_protocol()).deployment(wrapped))
    protocol = places.limit_order_protocol if places else made_protocol
    hash_index = HASH_FUNCTIONS.index(hash_function)
    factory = sender.create(artifact("EscrowFactory").deployment(protocol, hash_index, rescue_delay))
    resolver = sender.create(artifact("Resolver").deployment(owner, factory, protocol))
    made_paid = sender.create(artifact("AlwaysPaid").deployment())
    always_paid = places.true_token if places else made_paid
    deployed_tokens = {spec.symbol: _create_token(sender, spec) for spec in tokens}
    for operator in operators:
        sender.send(resolver, _call("setOperator(address,bool)", ["address", "bool"], [operator, True]))
    sender.flush()
    if places is not None:
        # the protocol's domain separator is an immutable of its own address: elsewhere it computes it anew
        _move_code(anvil, made_protocol, protocol)
        _move_code(anvil, made_paid, always_paid)
    for spec in tokens:
        if spec.address is not None:
            deployed_tokens[spec.symbol] = _move_code(anvil, deployed_tokens[spec.symbol], spec.address)
    implementations = [_implementation(anvil, factory, f"ESCROW_{side}_IMPLEMENTATION()") for side in ("SRC", "DST")]
    return EvmDeployment(
        chain_id=anvil.chain_id,
        hash_function=hash_function,
        rescue_delay=rescue_delay,
        limit_order_protocol=protocol,
        factory=factory,
        resolver=resolver,
        resolver_owner=owner,
        escrow_src_implementation=implementations[0],
        escrow_dst_implementation=implementations[1],
        wrapped_native=wrapped,
        always_paid=always_paid,
        tokens=deployed_tokens,
    )


def deploy_contract(anvil: Anvil, deployer_key: str, name: str, *arguments: Any) -> str:
    """Deploy one of our contracts by name and return its address. Raises `DeployError`."""
    sender = Sender(anvil, deployer_key)
    address = sender.create(artifact(name).deployment(*arguments))
    sender.flush()
    return address


class Sender:
    """Collects transactions of one key with consecutive nonces and sends them in one batch."""

    def __init__(self, anvil: Anvil, key: str) -> None:
        from eth_account import Account

        self._anvil = anvil
        self._account = Account.from_key(key)
        self.address: str = self._account.address
        self._nonce = int(anvil.rpc.call("eth_getTransactionCount", self.address, "pending"), 16)
        self._raw: list[str] = []

    def create(self, init_code: bytes) -> str:
        """Add a contract creation and return the address it will have."""
        from eth_utils.address import to_checksum_address
        from eth_utils.crypto import keccak
        from rlp import encode  # type: ignore[import-untyped]  # rlp ships no types

        address = keccak(encode([bytes.fromhex(self.address[2:]), self._nonce]))[12:]
        self._sign({"data": init_code})
        return to_checksum_address(address)

    def send(self, to: str, data: bytes = b"", value: int = 0) -> None:
        """Add a call or a payment of `value` wei."""
        self._sign({"to": to, "data": data, "value": value})

    def flush(self) -> None:
        """Send what was added and wait for it. Raises `DeployError` if one of them fails."""
        rpc, raw, self._raw = self._anvil.rpc, self._raw, []
        hashes = rpc.batch([("eth_sendRawTransaction", transaction) for transaction in raw])
        receipts = self._receipts(hashes)
        for index, receipt in enumerate(receipts):
            if int(receipt["status"], 16) != 1:
                raise DeployError(f"Transaction {index + 1} of {len(receipts)} failed on chain {self._anvil.chain_id}")

    def _receipts(self, hashes: list[str]) -> list[dict[str, Any]]:
        for _ in range(PATIENCE):
            receipts = self._anvil.rpc.batch([("eth_getTransactionReceipt", each) for each in hashes])
            if all(receipts):
                return receipts
            self._anvil.mine()
        mined = int(self._anvil.rpc.call("eth_getTransactionCount", self.address, "latest"), 16)
        raise DeployError(
            f"{len(hashes)} transactions with nonces below {self._nonce} were not mined in {PATIENCE} blocks: {mined} was next"
        )

    def _sign(self, fields: dict[str, Any]) -> None:
        transaction = {
            "chainId": self._anvil.chain_id,
            "nonce": self._nonce,
            "gas": GAS_LIMIT,
            "gasPrice": GAS_PRICE_WEI,
            "value": 0,
        } | fields
        self._nonce += 1
        self._raw.append("0x" + bytes(self._account.sign_transaction(transaction).raw_transaction).hex())


def _create_token(sender: Sender, spec: TokenSpec) -> str:
    return sender.create(artifact("TestToken").deployment(spec.name or spec.symbol, spec.symbol, spec.decimals))


def _move_code(anvil: Anvil, made_at: str, wanted_at: str) -> str:
    from eth_utils.address import to_checksum_address

    code = anvil.rpc.call("eth_getCode", made_at, "latest")
    anvil.set_code(wanted_at, bytes.fromhex(code[2:]))
    return to_checksum_address(wanted_at)


def _implementation(anvil: Anvil, factory: str, getter: str) -> str:
    from eth_utils.address import to_checksum_address

    word = anvil.rpc.call("eth_call", {"to": factory, "data": "0x" + _call(getter, [], []).hex()}, "latest")
    return to_checksum_address("0x" + word[-40:])


def _call(signature: str, types: list[str], values: list[Any]) -> bytes:
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    return bytes(keccak(text=signature)[:4] + encode(types, values))
