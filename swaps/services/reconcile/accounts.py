"""What we hold on a chain: in which of the ledger's accounts, of which token, and what the chain says of it."""

from dataclasses import dataclass

from django.db.models import Sum

from chains.clients.evm import EvmClient
from chains.clients.near import NearClient
from chains.config import ChainConfig, chain_config, quorum, signers
from chains.models import Account as Signer
from chains.models import Chain
from swaps.models import LedgerEntry, Leg

Account, Kind = LedgerEntry.AccountName, LedgerEntry.Kind


@dataclass(frozen=True)
class Holding:
    """A token in one of our accounts; `addresses` are those whose balances add up to it."""

    chain: str
    account: LedgerEntry.AccountName
    token: str
    symbol: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class At:
    """A final block, by which the books and the chain are compared."""

    chain: str
    height: int
    hash: str


def final_block(chain: str) -> At:
    """The chain's final block as we know it: every event up to it is stored."""
    row = Chain.objects.get(pk=chain)
    return At(chain, row.final_height or 0, row.final_hash)


def holdings(chain: str) -> list[Holding]:
    """Everything we may hold there: every configured token, and every one that the books know."""
    config = chain_config(chain)
    symbols = {token.id: token.symbol for token in config.tokens}
    native = config.native_token
    symbols.setdefault(native, "ETH" if config.family == "evm" else "NEAR")
    booked = LedgerEntry.objects.filter(chain_id=chain).exclude(token__in=symbols).values_list("token", flat=True)
    symbols |= dict.fromkeys(booked.distinct(), "?")
    found = [Holding(chain, Account.INVENTORY, token, symbol, (config.us,)) for token, symbol in symbols.items()]
    if config.family == "evm":
        found.append(Holding(chain, Account.GAS, native, symbols[native], _keys(config)))
    else:
        found.append(Holding(chain, Account.STORAGE, native, symbols[native], (config.account,)))
    return found


def _keys(config: ChainConfig) -> tuple[str, ...]:
    """The accounts that pay for transactions, those of earlier keys included."""
    used = Signer.objects.filter(chain_id=config.name).values_list("address", flat=True)
    return tuple(sorted({*used, *(signer.address.lower() for signer in signers(config.name))}))


def balance_read(holding: Holding, at: At) -> int:
    """What the chain says, at that block, by as many providers as money needs. Raises `ChainError`."""
    what = f"our {holding.account} of {holding.token}"
    if chain_config(holding.chain).family == "evm":
        return sum(_evm_balance(holding, address, at, what) for address in holding.addresses)
    return int(quorum(holding.chain).ask(what, lambda node: _near_balance(node, holding, at)))


def _evm_balance(holding: Holding, address: str, at: At, what: str) -> int:
    native = chain_config(holding.chain).native_token

    def ask(node: EvmClient) -> int:
        if holding.token == native:
            return node.balance(address, at.height)
        return node.erc20_balance(holding.token, address, at.height)

    return int(quorum(holding.chain).ask(what, ask))


def _near_balance(node: NearClient, holding: Holding, at: At) -> int:
    config, (account,) = chain_config(holding.chain), holding.addresses
    if holding.account == Account.STORAGE:
        deposit = node.view(config.htlc, "storage_balance_of", {"account_id": account}, block=at.hash)
        return int(deposit["total"]) if deposit else 0
    if holding.token == config.native_token:
        found = node.account(account, block=at.hash)
        return found.amount + found.locked
    return int(node.view(holding.token, "ft_balance_of", {"account_id": account}, block=at.hash))


def booked(holding: Holding, at: At) -> int:
    """What the books say of the account, up to that block."""
    entries = LedgerEntry.objects.filter(chain_id=holding.chain, token=holding.token, height__lte=at.height)
    came = entries.filter(debit=holding.account).aggregate(sum=Sum("amount"))["sum"]
    went = entries.filter(credit=holding.account).aggregate(sum=Sum("amount"))["sum"]
    return int(came or 0) - int(went or 0)


def storage_spent(chain: str, standing: set[str]) -> int:
    """YoctoNEAR of our storage deposit that is gone for good: one for each token lock of ours that was removed from the
    HTLC after it was paid (contracts/near/README.md, Storage). `standing` are the locks it still has."""
    native = chain_config(chain).native_token
    ours = Leg.objects.filter(chain_id=chain, side=Leg.Side.DESTINATION).exclude(lock_id="").exclude(token=native)
    paid = LedgerEntry.objects.filter(
        chain_id=chain, kind__in=(Kind.CLAIMED, Kind.REFUNDED), credit=Account.DESTINATION_ESCROW
    )
    settled = set(paid.values_list("evidence", flat=True))
    locks = ours.values_list("lock_id", flat=True)
    return sum(lock not in standing for lock in locks if f"{Leg.Side.DESTINATION}:{lock}" in settled)
