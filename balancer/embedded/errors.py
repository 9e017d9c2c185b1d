"""What can keep the embedded servers from running. Every message is one sentence that says what to do.

EmbeddedError
├── ServerMissing      a wheel is not installed, or has no program for this machine
├── AccountUnusable    no account to run the servers as, or the data folder is another user's
├── PortTaken          the port that was asked for is another program's
├── NoSpace            the disk is full
├── StartFailed        a server ended, or did not answer in time; its last words are in the message
└── Unanswered         a server that runs does not answer
"""


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL or Valkey cannot be had."""


class ServerMissing(EmbeddedError):
    """A wheel is not installed, or has no program for this machine."""


class AccountUnusable(EmbeddedError):
    """There is no account to run the servers as, or the data folder is another user's."""


class PortTaken(EmbeddedError):
    """The port that was asked for is another program's."""


class NoSpace(EmbeddedError):
    """The disk is full."""


class StartFailed(EmbeddedError):
    """A server ended while it started, or did not answer in time."""


class Unanswered(EmbeddedError):
    """A server that runs does not answer."""
