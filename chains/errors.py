"""What can go wrong between us and a chain.

    ChainError
    ├── TransportError            no clear answer. We know nothing
    │   ├── Unreachable           no connection: the request did not leave
    │   ├── TimedOut              no answer in time: the request may have had its effect
    │   ├── RateLimited           429 or its like; `retry_after` in seconds where the node says so
    │   ├── ServerError           5xx
    │   ├── UnreadableAnswer      not JSON, cut off, or no JSON-RPC answer
    │   ├── NodeTrouble           a JSON-RPC error that only tells of the node's own trouble
    │   └── ProviderResting       not asked: its circuit is open, or it told us to wait
    ├── WrongNetwork              the provider is of another network: refused for good
    ├── NodeMisbehaving           an answer that cannot be true or has an impossible shape
    ├── NoQuorum                  too few providers gave an answer that money may rest on
    │   └── ProvidersDisagree     they contradict each other
    ├── RpcRejected               the node understood and refused: code, message, data
    │   ├── NonceTooLow           EVM: the nonce is used, perhaps by these very bytes
    │   ├── AlreadyKnown          EVM: these very bytes wait in the pool
    │   ├── ReplacementUnderpriced  EVM: a pending transaction of this nonce pays too much to be replaced by this one
    │   ├── FeeTooLow             EVM: below the base fee or the pool's minimum
    │   ├── InsufficientFunds     the account cannot pay value and gas
    │   ├── CallReverted          EVM: an estimate or a call reverted; `reason` names the contract's error
    │   ├── RangeTooWide          EVM: too many blocks or logs asked for at once
    │   ├── InvalidNonce          NEAR: `nonce` was sent, the access key is at `key_nonce`
    │   ├── TxExpired             NEAR: the transaction's block hash is too old
    │   ├── InvalidTransaction    NEAR: any other reason for which a transaction never enters a block; `reason` names it
    │   ├── UnknownBlock          no such block, or no longer kept
    │   ├── UnknownTransaction
    │   ├── UnknownAccount
    │   ├── UnknownAccessKey
    │   ├── ContractPanic         NEAR: a view panicked
    │   └── Unexplained           in words that we do not know: another node may answer
    ├── SigningRefused            ours: we do not sign this now. Nothing was signed, and the intent waits
    │   ├── CapExceeded           it would pay out more than the key may in one transaction or one day
    │   ├── KeyStopped            an operator has stopped the key's payments
    │   ├── FeeAboveCap           the chain's price is above what we are willing to pay
    │   ├── ChainHalted           money on the chain is halted: we no longer understand it
    │   ├── NonceDrift            the chain's nonce for our key contradicts what we know; an operator should look
    │   └── NoFreeKey             every key is handing over another transaction at this moment
    ├── CostUnknown               ours: nothing lately says what gas costs on the chain
    └── CodecError                bytes or text that do not say what they should; never sent by us, so theirs

`TransportError`, `NodeMisbehaving` and `NoQuorum` are never evidence of anything. A rejection says what one node thought
at one time: only a block tells what became of a transaction. `chains/clients/strategies.py` says what is done about each.
"""

from typing import Any


class ChainError(Exception):
    """Any trouble with a chain. The text may be shown to an operator: it holds no key and no secret."""


class TransportError(ChainError):
    """We did not get an answer that we can read. The request may or may not have had an effect."""


class Unreachable(TransportError):
    """No connection was made: the node never saw the request."""


class TimedOut(TransportError):
    """The node has the request, perhaps, and did not answer in time."""


class RateLimited(TransportError):
    """We ask too often. `retry_after`: seconds to wait, None where the node does not say."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerError(TransportError):
    """HTTP 5xx: the node, or what stands before it, failed."""


class UnreadableAnswer(TransportError):
    """The answer is no JSON, was cut off, or is not JSON-RPC."""


class NodeTrouble(TransportError):
    """The node answered that it cannot answer: internal error, not synchronised, its own timeout."""


class ProviderResting(TransportError):
    """Nothing was sent: the provider's circuit is open after failures, or it told us to wait."""


class WrongNetwork(ChainError):
    """The endpoint serves another network than the one configured. It is not asked again."""


class NoQuorum(ChainError):
    """Fewer providers than configured gave the same answer. Nothing may be decided; asking again later may help."""


class ProvidersDisagree(NoQuorum):
    """Providers contradict each other on what must be the same everywhere."""


class NodeMisbehaving(ChainError):
    """The node answered what no sound node can answer."""


class CodecError(ChainError, ValueError):
    """Malformed data; the message says what was expected."""


class SigningRefused(ChainError):
    """We refuse to sign for now. The message says why, and is shown to operators."""


class CapExceeded(SigningRefused):
    """A key's cap for a token: see `chains/services/sending/caps.py`."""


class KeyStopped(SigningRefused):
    """The key's kill switch is on."""


class FeeAboveCap(SigningRefused):
    """`max_fee_wei` of the chain is below the price of its next block."""


class ChainHalted(SigningRefused):
    """A final block was not final, or the like: nothing is signed or sent until an operator lifts the halt."""


class NonceDrift(SigningRefused):
    """Signing on would leave a gap or use a nonce twice."""


class NoFreeKey(SigningRefused):
    """No alarm: it is tried again after a moment."""


class RpcRejected(ChainError):
    """A JSON-RPC error answer. `code` and `data` as the node gave them; `data` may be None."""

    def __init__(self, message: str, *, code: int | str = 0, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class NonceTooLow(RpcRejected):
    """The account has used this nonce: look the transaction up by its hash before anything else."""


class AlreadyKnown(RpcRejected):
    """The pool has these bytes: as good as accepted."""


class ReplacementUnderpriced(RpcRejected):
    """Another pending transaction has this nonce and pays more than a replacement may offer less of."""


class FeeTooLow(RpcRejected):
    """Nobody would include it at this price."""


class InsufficientFunds(RpcRejected):
    """The account must be topped up."""


class CallReverted(RpcRejected):
    """A simulated call reverted. `reason` is the custom error's name, the revert's text, or the raw selector."""

    def __init__(self, message: str, *, code: int | str = 0, data: Any = None, reason: str = "") -> None:
        super().__init__(message, code=code, data=data)
        self.reason = reason


class RangeTooWide(RpcRejected):
    """Ask for fewer blocks."""


class InvalidNonce(RpcRejected):
    """The nonce is not above the key's (or too far above it)."""

    def __init__(self, message: str, *, nonce: int, key_nonce: int, data: Any = None) -> None:
        super().__init__(message, code="InvalidNonce", data=data)
        self.nonce = nonce
        self.key_nonce = key_nonce


class TxExpired(RpcRejected):
    """The bytes can never land: sign anew, once the old hash is known to be absent."""


class InvalidTransaction(RpcRejected):
    """Refused before execution for the reason named `reason` (nearcore's `InvalidTxError`)."""

    def __init__(self, message: str, *, reason: str, data: Any = None) -> None:
        super().__init__(message, code="InvalidTransaction", data=data)
        self.reason = reason


class UnknownBlock(RpcRejected):
    """The node has no such block: never was, skipped, not yet, or pruned."""


class UnknownTransaction(RpcRejected):
    """The node has not seen it, or has not finished it within its own patience."""


class UnknownAccount(RpcRejected):
    """There is no such account."""


class UnknownAccessKey(RpcRejected):
    """The account has no such key."""


class ContractPanic(RpcRejected):
    """A view call panicked; the message is the contract's own."""


class Unexplained(RpcRejected):
    """A refusal that we cannot read: it may be the node's own trouble, so that it says nothing of what was asked."""


class CostUnknown(ChainError):
    """What our calls cost on a chain is not known now, and not guessed."""
