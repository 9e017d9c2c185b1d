"""Orders that are filled in parts, each part with a secret of its own (1inch cross-chain-swap, "Partial fills").

An order in N parts has N + 1 secrets. The leaves of their tree are `keccak256(uint64 index ++ secret's hash)`; sorted, they fill
an array of nodes from its end backwards, and every node above is the hash of its two children, the smaller first. The order's
hashlock is the number of parts in two bytes and the low 30 bytes of the root, so that one word tells both. A swap here has one
secret; these are the numbers by which another's order in parts is recognised and understood.
"""

from chains.codec.abi import bytes32
from chains.codec.keccak import keccak
from chains.errors import CodecError

LEAST_SECRETS = 2
MOST_SECRETS = 1 << 16
_ROOT_BYTES = 30


def leaf(index: int, secret_hash: bytes) -> bytes:
    """The leaf of one secret by the hash of it. Raises `CodecError`."""
    return keccak(index.to_bytes(8, "big") + bytes32(secret_hash, "secret_hash"))


def leaves_of(secrets: list[bytes]) -> list[bytes]:
    """The leaves of 32-byte secrets, in their order. Raises `CodecError`."""
    return [leaf(index, keccak(bytes32(secret, "secret"))) for index, secret in enumerate(secrets)]


def hashlock_of_leaves(leaves: list[bytes]) -> bytes:
    """The 32 bytes that an order commits to. Raises `CodecError`."""
    root = _tree(leaves)[0]
    return (len(leaves) - 1).to_bytes(2, "big") + root[-_ROOT_BYTES:]


def parts_of_hashlock(hashlock: bytes) -> int:
    """How many parts a hashlock of several secrets says. Raises `CodecError`."""
    return int.from_bytes(bytes32(hashlock, "hashlock")[:2], "big")


def proof(leaves: list[bytes], index: int) -> list[bytes]:
    """The siblings from a leaf, by its index among `leaves`, up to but without the root. Raises `CodecError`."""
    tree = _tree(leaves)
    if not 0 <= index < len(leaves):
        raise CodecError(f"there is no leaf {index} among {len(leaves)}")
    at = len(tree) - 1 - sorted(leaves).index(leaves[index])
    found = []
    while at > 0:
        found.append(tree[at + 1 if at % 2 else at - 1])
        at = (at - 1) // 2
    return found


def proves(hashlock: bytes, leaf_hash: bytes, siblings: list[bytes]) -> bool:
    """Whether a leaf belongs to a hashlock of several secrets."""
    node = leaf_hash
    for sibling in siblings:
        node = _above(node, sibling)
    return node[-_ROOT_BYTES:] == hashlock[-_ROOT_BYTES:]


def secret_index(*, making: int, remaining: int, order_making: int, parts: int) -> int:
    """Which secret a fill of `making` uses, when `remaining` of the order's `order_making` was left before it.

    The one of the part in which the fill ends, and the last of all when it completes the order. Raises `CodecError`.
    """
    if not 0 < making <= remaining <= order_making or parts < 1:
        raise CodecError(f"{making} cannot be filled of {remaining} left of {order_making} in {parts} parts")
    filled = order_making - remaining
    index = (filled + making - 1) * parts // order_making
    return index + 1 if making == remaining else index


def _tree(leaves: list[bytes]) -> list[bytes]:
    """The nodes, the root first: the children of node k are 2k + 1 and 2k + 2."""
    if not LEAST_SECRETS <= len(leaves) <= MOST_SECRETS:
        raise CodecError(f"an order in parts has {LEAST_SECRETS} to {MOST_SECRETS} secrets, not {len(leaves)}")
    inner = len(leaves) - 1
    tree = [b""] * inner + sorted((bytes32(one, "leaf") for one in leaves), reverse=True)
    for node in reversed(range(inner)):
        tree[node] = _above(tree[2 * node + 1], tree[2 * node + 2])
    return tree


def _above(one: bytes, other: bytes) -> bytes:
    return keccak(min(one, other) + max(one, other))
