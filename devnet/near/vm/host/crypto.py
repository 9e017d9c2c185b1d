"""Hashes and signatures."""

import hashlib

from Crypto.Hash import RIPEMD160, keccak
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from devnet.near.vm import gas
from devnet.near.vm.errors import HostError
from devnet.near.vm.host.registry import host
from devnet.near.vm.logic import Logic

_SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@host
def sha256(vm: Logic, length: int, pointer: int, register: int) -> None:
    data = vm.read_bytes(length, pointer)
    vm.gas.burn_sized(gas.SHA256, len(data))
    vm.write_register(register, hashlib.sha256(data).digest())


@host
def keccak256(vm: Logic, length: int, pointer: int, register: int) -> None:
    data = vm.read_bytes(length, pointer)
    vm.gas.burn_sized(gas.KECCAK256, len(data))
    vm.write_register(register, keccak.new(digest_bits=256, data=data).digest())


@host
def keccak512(vm: Logic, length: int, pointer: int, register: int) -> None:
    data = vm.read_bytes(length, pointer)
    vm.gas.burn_sized(gas.KECCAK512, len(data))
    vm.write_register(register, keccak.new(digest_bits=512, data=data).digest())


@host
def ripemd160(vm: Logic, length: int, pointer: int, register: int) -> None:
    data = vm.read_bytes(length, pointer)
    # padding takes 9 bytes or more, and blocks are whole
    vm.gas.burn_sized(gas.RIPEMD160, (len(data) + 8) // gas.RIPEMD160_BLOCK_BYTES + 1)
    vm.write_register(register, RIPEMD160.new(data).digest())


@host
def ed25519_verify(
    vm: Logic,
    signature_length: int,
    signature_pointer: int,
    message_length: int,
    message_pointer: int,
    key_length: int,
    key_pointer: int,
) -> int:
    signature = vm.read_bytes(signature_length, signature_pointer)
    if len(signature) != 64:
        raise _bad_input("Ed25519VerifyInvalidInput", "ED25519 signature verification error: invalid signature length")
    message = vm.read_bytes(message_length, message_pointer)
    vm.gas.burn_sized(gas.ED25519_VERIFY, len(message))
    key = vm.read_bytes(key_length, key_pointer)
    if len(key) != 32:
        raise _bad_input("Ed25519VerifyInvalidInput", "ED25519 signature verification error: invalid public key length")
    try:
        VerifyKey(key).verify(message, signature)
    except (BadSignatureError, ValueError):
        return 0
    return 1


@host
def ecrecover(
    vm: Logic,
    hash_length: int,
    hash_pointer: int,
    signature_length: int,
    signature_pointer: int,
    recovery: int,
    malleability: int,
    register: int,
) -> int:
    vm.gas.burn(gas.ECRECOVER)
    signature = vm.read_bytes(signature_length, signature_pointer)
    digest = vm.read_bytes(hash_length, hash_pointer)
    if len(signature) != 64 or len(digest) != 32 or recovery > 3 or malleability > 1:
        raise _bad_input("ECRecoverError", "ECDSA recover error: invalid input")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if malleability and s > _SECP256K1_ORDER // 2:
        return 0
    try:
        key = Signature(vrs=(recovery, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError, ValueError):
        return 0
    vm.write_register(register, key.to_bytes())
    return 1


def _bad_input(kind: str, message: str) -> HostError:
    return HostError(kind, message, f'msg: "{message}"')
