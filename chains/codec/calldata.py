"""Calls as bytes: the escrow factory, our Resolver, the escrows, and ERC-20. Named `<contract>_<function>`."""

from collections.abc import Sequence

from eth_abi.abi import encode as abi_encode

from chains.codec.abi import WORD, address_word, bytes32, dynamic, selector, unhex, word
from chains.codec.escrow import Immutables
from chains.codec.order import Order

_IMMUTABLES = "(bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint256)"
_ORDER = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
_DEPLOY_SRC_HEAD_WORDS = 8 + 8 + 5

_CREATE_SRC_ESCROW = selector(f"createSrcEscrow({_IMMUTABLES})")
_CREATE_DST_ESCROW = selector(f"createDstEscrow({_IMMUTABLES},uint256)")
_ADDRESS_OF_ESCROW_SRC = selector(f"addressOfEscrowSrc({_IMMUTABLES})")
_ADDRESS_OF_ESCROW_DST = selector(f"addressOfEscrowDst({_IMMUTABLES})")
_SRC_IMPLEMENTATION = selector("ESCROW_SRC_IMPLEMENTATION()")
_DST_IMPLEMENTATION = selector("ESCROW_DST_IMPLEMENTATION()")
_HASH_FUNCTION = selector("HASH_FUNCTION()")
_RESCUE_DELAY = selector("RESCUE_DELAY()")

_DEPLOY_SRC = selector(f"deploySrc({_IMMUTABLES},{_ORDER},bytes32,bytes32,uint256,uint256,bytes)")
_DEPLOY_DST = selector(f"deployDst({_IMMUTABLES},uint256)")
_RESOLVER_WITHDRAW = selector(f"withdraw(address,bytes32,{_IMMUTABLES})")
_RESOLVER_CANCEL = selector(f"cancel(address,{_IMMUTABLES})")
_ARBITRARY_CALLS = selector("arbitraryCalls(address[],bytes[])")

_WITHDRAW = selector(f"withdraw(bytes32,{_IMMUTABLES})")
_PUBLIC_WITHDRAW = selector(f"publicWithdraw(bytes32,{_IMMUTABLES})")
_CANCEL = selector(f"cancel({_IMMUTABLES})")
_PUBLIC_CANCEL = selector(f"publicCancel({_IMMUTABLES})")
_RESCUE_FUNDS = selector(f"rescueFunds(address,uint256,{_IMMUTABLES})")

_APPROVE = selector("approve(address,uint256)")
_TRANSFER = selector("transfer(address,uint256)")
_MINT = selector("mint(address,uint256)")
_BALANCE_OF = selector("balanceOf(address)")
_ALLOWANCE = selector("allowance(address,address)")
_DECIMALS = selector("decimals()")
_SYMBOL = selector("symbol()")

_HASH_ORDER = selector(f"hashOrder({_ORDER})")


# The factory


def create_src_escrow(immutables: Immutables) -> bytes:
    """The maker's own lock; payable with the safety deposit (and the amount, when native)."""
    return _CREATE_SRC_ESCROW + immutables.words()


def create_dst_escrow(immutables: Immutables, source_cancellation: int) -> bytes:
    """The taker's lock, refused when it could not be cancelled by `source_cancellation` (unix seconds)."""
    return _CREATE_DST_ESCROW + immutables.words() + word(source_cancellation)


def factory_address_of_escrow_src(immutables: Immutables) -> bytes:
    """View: an address word."""
    return _ADDRESS_OF_ESCROW_SRC + immutables.words()


def factory_address_of_escrow_dst(immutables: Immutables) -> bytes:
    """View: an address word."""
    return _ADDRESS_OF_ESCROW_DST + immutables.words()


def factory_src_implementation() -> bytes:
    """View: an address word."""
    return _SRC_IMPLEMENTATION


def factory_dst_implementation() -> bytes:
    """View: an address word."""
    return _DST_IMPLEMENTATION


def factory_hash_function() -> bytes:
    """View: 0 sha256, 1 keccak256."""
    return _HASH_FUNCTION


def factory_rescue_delay() -> bytes:
    """View: seconds."""
    return _RESCUE_DELAY


# Our Resolver


def resolver_deploy_src(
    immutables: Immutables, order: Order, *, r: bytes, vs: bytes, amount: int, taker_traits: int, args: bytes
) -> bytes:
    """Fill a maker's order into a new source escrow. `r`, `vs`: his compact signature (EIP-2098); `args`: the extension
    and interaction, without a target, which the Resolver computes and puts before them."""
    head = (
        immutables.words()
        + order.words()
        + bytes32(r, "r")
        + bytes32(vs, "vs")
        + word(amount)
        + word(taker_traits)
        + word(_DEPLOY_SRC_HEAD_WORDS * WORD)
    )
    return _DEPLOY_SRC + head + dynamic(args)


def resolver_deploy_dst(immutables: Immutables, source_cancellation: int) -> bytes:
    """Lock on the destination, from inventory."""
    return _DEPLOY_DST + immutables.words() + word(source_cancellation)


def resolver_withdraw(escrow: str, secret: bytes, immutables: Immutables) -> bytes:
    """Claim an escrow whose taker is the Resolver."""
    return _RESOLVER_WITHDRAW + address_word(escrow) + bytes32(secret, "secret") + immutables.words()


def resolver_cancel(escrow: str, immutables: Immutables) -> bytes:
    """Cancel an escrow whose taker is the Resolver."""
    return _RESOLVER_CANCEL + address_word(escrow) + immutables.words()


def resolver_arbitrary_calls(targets: Sequence[str], arguments: Sequence[bytes]) -> bytes:
    """The owner's calls as the Resolver."""
    called = [unhex(target) for target in targets]
    return _ARBITRARY_CALLS + bytes(abi_encode(["address[]", "bytes[]"], [called, arguments]))


# An escrow


def escrow_withdraw(secret: bytes, immutables: Immutables) -> bytes:
    """By the taker."""
    return _WITHDRAW + bytes32(secret, "secret") + immutables.words()


def escrow_public_withdraw(secret: bytes, immutables: Immutables) -> bytes:
    """By anyone, once the public stage has begun."""
    return _PUBLIC_WITHDRAW + bytes32(secret, "secret") + immutables.words()


def escrow_cancel(immutables: Immutables) -> bytes:
    """Source: by the taker. Destination: by anyone."""
    return _CANCEL + immutables.words()


def escrow_public_cancel(immutables: Immutables) -> bytes:
    """Source only: by anyone, once the public stage has begun."""
    return _PUBLIC_CANCEL + immutables.words()


def escrow_rescue_funds(token: str, amount: int, immutables: Immutables) -> bytes:
    """By the taker, after the rescue delay."""
    return _RESCUE_FUNDS + address_word(token) + word(amount) + immutables.words()


# ERC-20


def erc20_approve(spender: str, amount: int) -> bytes:
    """Let `spender` take `amount` base units."""
    return _APPROVE + address_word(spender) + word(amount)


def erc20_transfer(to: str, amount: int) -> bytes:
    """Send `amount` base units."""
    return _TRANSFER + address_word(to) + word(amount)


def erc20_mint(to: str, amount: int) -> bytes:
    """The devnet's tokens only: make `amount` base units."""
    return _MINT + address_word(to) + word(amount)


def erc20_balance_of(account: str) -> bytes:
    """View: base units."""
    return _BALANCE_OF + address_word(account)


def erc20_allowance(owner: str, spender: str) -> bytes:
    """View: base units."""
    return _ALLOWANCE + address_word(owner) + address_word(spender)


def erc20_decimals() -> bytes:
    """View: a number."""
    return _DECIMALS


def erc20_symbol() -> bytes:
    """View: a string, or a bytes32 in some early tokens (`abi.decode_text`)."""
    return _SYMBOL


# The Limit Order Protocol


def protocol_hash_order(order: Order) -> bytes:
    """View: the order's EIP-712 hash, as the contract computes it."""
    return _HASH_ORDER + order.words()
