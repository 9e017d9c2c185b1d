"""A NEAR access key in this process's memory. py_near_primitives (nearcore's own types) encodes, signs and hashes."""

from collections.abc import Sequence

import base58
from nacl.signing import SigningKey
from py_near_primitives import FunctionCallAction, Transaction, TransferAction

from chains.signers.base import FunctionCall, NearAction

_PREFIX = "ed25519:"
_SEED_SIZE, _KEY_SIZE, _HASH_SIZE = 32, 64, 32


class LocalNearSigner:
    """See `NearSigner`. `private_key`: "ed25519:" and base58 of 64 bytes (seed and public key) or of the 32-byte seed.

    Raises `ValueError`, which does not show it.
    """

    def __init__(self, account: str, private_key: str) -> None:
        self.account = account
        self._secret = _secret_key(private_key)
        self._public = self._secret[_SEED_SIZE:]
        self.public_key = _PREFIX + base58.b58encode(self._public).decode()

    def sign(self, receiver: str, actions: Sequence[NearAction], *, nonce: int, block_hash: str) -> tuple[bytes, str]:
        """See `NearSigner`."""
        block = base58.b58decode(block_hash)
        if len(block) != _HASH_SIZE:
            raise ValueError(f"a block hash is 32 bytes in base58: {block_hash!r}")
        encoded = [_action(action) for action in actions]
        transaction = Transaction(self.account, self._public, nonce, receiver, block, encoded)
        tx_hash = base58.b58encode(bytes(transaction.get_hash())).decode()
        return bytes(transaction.to_vec(self._secret)), tx_hash

    def sign_function_call(
        self, *, receiver: str, method: str, args: bytes, gas: int, deposit: int, nonce: int, block_hash: str
    ) -> tuple[bytes, str]:
        """See `NearSigner`."""
        return self.sign(receiver, [FunctionCall(method, args, gas, deposit)], nonce=nonce, block_hash=block_hash)

    def __repr__(self) -> str:
        return f"LocalNearSigner({self.account}, {self.public_key})"


def _secret_key(text: str) -> bytes:
    """The 64 bytes of an ed25519 key, its public half checked against the seed."""
    wrong = "a NEAR private key is ed25519: and base58 of a 64-byte key (or of a 32-byte seed)"
    if not text.startswith(_PREFIX):
        raise ValueError(wrong)
    try:
        key = base58.b58decode(text[len(_PREFIX) :])
    except ValueError:
        raise ValueError(wrong) from None
    if len(key) not in (_SEED_SIZE, _KEY_SIZE):
        raise ValueError(wrong)
    public = bytes(SigningKey(key[:_SEED_SIZE]).verify_key)
    if len(key) == _KEY_SIZE and key[_SEED_SIZE:] != public:
        raise ValueError("the NEAR private key's two halves do not belong together")
    return bytes(key[:_SEED_SIZE]) + public


def _action(action: NearAction) -> FunctionCallAction | TransferAction:
    if isinstance(action, FunctionCall):
        return FunctionCallAction(action.method, action.args, action.gas, action.deposit)
    return TransferAction(action.deposit)
