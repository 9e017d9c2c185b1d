"""The actions of transactions and receipts, and their borsh form (kinds 0 to 8)."""

from dataclasses import dataclass, field
from functools import partial

from devnet.near.accounts import AccessKey, FunctionCallPermission
from devnet.near.borsh import BorshError, Reader
from devnet.near.keys import PUBLIC_LENGTHS, SIGNATURE_LENGTHS, public_key_text


@dataclass(frozen=True, slots=True)
class CreateAccount:
    pass


@dataclass(frozen=True, slots=True)
class DeployContract:
    code: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """`gas` is prepaid; `deposit` is in yoctoNEAR."""

    method_name: str
    args: bytes
    gas: int
    deposit: int


@dataclass(frozen=True, slots=True)
class Transfer:
    deposit: int


@dataclass(frozen=True, slots=True)
class Stake:
    stake: int
    public_key: str


@dataclass(frozen=True, slots=True)
class AddKey:
    public_key: str
    access_key: AccessKey


@dataclass(frozen=True, slots=True)
class DeleteKey:
    public_key: str


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    beneficiary_id: str


@dataclass(frozen=True, slots=True)
class Delegate:
    """Actions that `sender_id` signed and another account pays for (NEP-366). `signed_bytes` is the borsh of the inner part."""

    sender_id: str
    receiver_id: str
    actions: tuple["Action", ...]
    nonce: int
    max_block_height: int
    public_key: str
    signature: bytes
    signed_bytes: bytes = field(repr=False)


Action = (
    CreateAccount | DeployContract | FunctionCall | Transfer | Stake | AddKey | DeleteKey | DeleteAccount | Delegate
)


def read_public_key(reader: Reader) -> str:
    """A public key's text."""
    kind = reader.u8()
    if kind >= len(PUBLIC_LENGTHS):
        raise BorshError(f"unknown key type {kind}")
    return public_key_text(bytes([kind]) + reader.take(PUBLIC_LENGTHS[kind]))


def read_signature(reader: Reader) -> bytes:
    """A signature in its borsh form, the type byte first."""
    kind = reader.u8()
    if kind >= len(SIGNATURE_LENGTHS):
        raise BorshError(f"unknown signature type {kind}")
    return bytes([kind]) + reader.take(SIGNATURE_LENGTHS[kind])


def read_action(reader: Reader, inside_delegate: bool = False) -> Action:
    """One action. Raises `BorshError`, also for a delegate action inside another."""
    kind = reader.u8()
    if kind == 0:
        return CreateAccount()
    if kind == 1:
        return DeployContract(reader.blob())
    if kind == 2:
        return FunctionCall(reader.text(), reader.blob(), reader.u64(), reader.u128())
    if kind == 3:
        return Transfer(reader.u128())
    if kind == 4:
        return Stake(reader.u128(), read_public_key(reader))
    if kind == 5:
        return AddKey(read_public_key(reader), _read_access_key(reader))
    if kind == 6:
        return DeleteKey(read_public_key(reader))
    if kind == 7:
        return DeleteAccount(reader.text())
    if kind == 8 and not inside_delegate:
        return _read_delegate(reader)
    if kind == 8:
        raise BorshError("DelegateAction mustn't contain a nested one")
    raise BorshError(f"Unexpected variant tag: {kind}")


def _read_access_key(reader: Reader) -> AccessKey:
    nonce = reader.u64()
    kind = reader.u8()
    if kind == 1:
        return AccessKey(nonce)
    if kind != 0:
        raise BorshError(f"Unexpected variant tag: {kind}")
    allowance = reader.option(reader.u128)
    return AccessKey(nonce, FunctionCallPermission(allowance, reader.text(), tuple(reader.sequence(reader.text))))


def _read_delegate(reader: Reader) -> Delegate:
    start = reader.offset
    sender_id, receiver_id = reader.text(), reader.text()
    actions = tuple(reader.sequence(partial(read_action, reader, True)))
    nonce, max_block_height = reader.u64(), reader.u64()
    public_key = read_public_key(reader)
    signed = reader.data[start : reader.offset]
    return Delegate(
        sender_id, receiver_id, actions, nonce, max_block_height, public_key, read_signature(reader), signed
    )
