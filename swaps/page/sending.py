"""What we wanted done on chain, with every transaction made for it: the newest first, those that it replaced under it."""

from dataclasses import dataclass

from chains.config import ChainConfig, chain_config
from chains.explorers import address_url, block_url, transaction_url
from chains.models import Chain, ChainTransaction, Intent
from swaps.page.legs import confirmations_needed
from swaps.page.picture import Picture
from swaps.page.words import seconds_of, step_text, told, whole

TONES = {
    "done": "good", "succeeded": "good", "included": "busy", "broadcast": "busy", "signed": "busy", "sent": "busy",
    "pending": "busy", "failed": "bad", "reverted": "bad", "replaced": "idle", "withdrawn": "idle",
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One signed transaction. `confirmations` are blocks on top of its own and how many are needed, once it is in one."""

    tx_hash: str
    url: str
    kind: str
    state: str
    tone: str
    nonce: int
    signer: str
    signer_url: str
    height: int | None
    block_url: str
    confirmations: tuple[int, int] | None
    sent_at: int | None
    broadcasts: int
    fee: str
    price: str
    error: str


@dataclass(frozen=True)
class Wanted:
    """One intent."""

    step: str
    title: str
    chain: str
    state: str
    meaning: str
    tone: str
    attempts: int
    delays: int
    last_error: str
    attention: str
    not_before: int | None
    deadline: int | None
    cancelling_since: int | None
    cancel_reason: str
    carries_secret: bool
    sent: tuple[Sent, ...]

    @property
    def newest(self) -> Sent | None:
        return self.sent[0] if self.sent else None

    @property
    def replaced(self) -> tuple[Sent, ...]:
        return self.sent[1:]


def wanted(picture: Picture) -> tuple[Wanted, ...]:
    """Every intent of the session, oldest first."""
    by_intent = picture.sent_for
    return tuple(_wanted(picture, intent, by_intent.get(intent.pk, [])) for intent in picture.intents)


def _wanted(picture: Picture, intent: Intent, sent: list[ChainTransaction]) -> Wanted:
    config, chain = chain_config(intent.chain_id), picture.chains[intent.chain_id]
    waiting = intent.state == Intent.State.PENDING
    return Wanted(
        step=intent.step,
        title=step_text(intent.step),
        chain=intent.chain_id,
        state=intent.state,
        meaning=intent.get_state_display(),
        tone=TONES.get(intent.state, "idle"),
        attempts=intent.attempts,
        delays=intent.delays,
        last_error=told(intent.last_error),
        attention=told(intent.attention),
        not_before=seconds_of(intent.not_before) if waiting else None,
        deadline=seconds_of(intent.deadline) if waiting or intent.state == Intent.State.SENT else None,
        cancelling_since=seconds_of(intent.cancel_requested_at),
        cancel_reason=told(intent.cancel_reason),
        carries_secret=intent.carries_secret,
        sent=tuple(_sent(one, config, chain) for one in sent),
    )


def _sent(one: ChainTransaction, config: ChainConfig, chain: Chain) -> Sent:
    height = one.block_height
    return Sent(
        tx_hash=one.hash,
        url=transaction_url(config, one.hash),
        kind="" if one.kind == ChainTransaction.Kind.CALL else one.get_kind_display(),
        state=one.state,
        tone=TONES.get(one.state, "idle"),
        nonce=one.nonce,
        signer=one.account.address,
        signer_url=address_url(config, one.account.address),
        height=height,
        block_url="" if height is None else block_url(config, height=height, block_hash=one.block_hash),
        confirmations=None if height is None else _confirmations(one, config, chain, height),
        sent_at=seconds_of(one.first_broadcast_at),
        broadcasts=one.broadcasts,
        fee="" if one.fee_paid is None else coin_text(config, int(one.fee_paid)),
        price=_price(one, config),
        error=told(one.error),
    )


def _confirmations(one: ChainTransaction, config: ChainConfig, chain: Chain, height: int) -> tuple[int, int]:
    needed = confirmations_needed(config, config.finality)
    final = one.state in (ChainTransaction.State.SUCCEEDED, ChainTransaction.State.FAILED)
    seen = max(0, (chain.seen_height or 0) - height)
    return (needed if final else min(seen, needed)), needed


def _price(one: ChainTransaction, config: ChainConfig) -> str:
    """The most that it offers for one gas, which is what a replacement raises."""
    offered = one.fields.get("maxFeePerGas") or one.fields.get("gasPrice")
    if config.family != "evm" or offered is None:
        return ""
    number = int(offered, 0) if isinstance(offered, str) else int(offered)
    return f"{whole(number, 9)} gwei"


def coin_text(config: ChainConfig, amount: int) -> str:
    """An amount of the coin that gas is paid in."""
    symbol, decimals = config.native_coin
    return f"{whole(amount, decimals)} {symbol}"
