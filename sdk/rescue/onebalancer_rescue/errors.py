"""What can keep a rescue from happening. Each has the exit status that scripts can go by.

RescueError
├── BadInput      2  a file, a key, a URL or the receipt itself is wrong: nothing was sent
├── NotYet        3  the contract refuses it until `opens_at`: nothing was sent
├── Unsafe        4  it would fail, or give the secret away for nothing: nothing was sent
└── ChainTrouble  1  a node does not answer or refuses, or the outcome is not known yet
"""


class RescueError(Exception):
    """The message is for the person at the keyboard."""

    status = 1


class BadInput(RescueError):
    """What was given is wrong."""

    status = 2


class NotYet(RescueError):
    """Too early; `opens_at` in unix seconds of the chain, None when only finality is missing."""

    status = 3

    def __init__(self, message: str, opens_at: int | None = None) -> None:
        super().__init__(message)
        self.opens_at = opens_at


class Unsafe(RescueError):
    """It would fail, or lose something."""

    status = 4


class ChainTrouble(RescueError):
    """A node's fault, or the network's."""

    status = 1


class NodeRefused(ChainTrouble):
    """The node answered with a JSON-RPC error; `error` is the whole of it."""

    def __init__(self, message: str, error: object) -> None:
        super().__init__(message)
        self.error = error
