"""What is said over the socket, as tables: channels, refusals, reasons to close. docs/socket.md is held to them."""

from dataclasses import dataclass
from enum import IntEnum

VERSION = "1.0.0"
SUBPROTOCOL = "1balancer.v1"


@dataclass(frozen=True)
class Channel:
    """What can be subscribed to: which scope it needs, and which member of the message names the subject."""

    name: str
    scope: str
    subject: str
    tells: str


# fmt: off
CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (
    Channel("session", "swaps:read", "sessionId", "one session: a snapshot, then every update"),
    Channel("sessions", "swaps:read", "", "all sessions of the key, also those made later: which are active, then every update"),
    Channel("prices", "quotes:read", "pairs", "the prices of pairs, or of live auctions: the present ones, then each change"),
    Channel("alerts", "sessions:all", "", "what operators should know: what stands, then what begins and what is over"),
    Channel("orders", "swaps:read", "", "the order book; this service runs none: the answer is `not_available`"),
)}


class Close(IntEnum):
    """Why we close, by WebSocket close code (4000 to 4999 are an application's own)."""

    INTERNAL = 1011
    CREDENTIAL_IN_URL = 4400
    NOT_AUTHENTICATED = 4401
    AUTH_TIMEOUT = 4408
    MESSAGE_TOO_BIG = 4413
    TOO_MANY_MESSAGES = 4429
    TOO_MANY_CONNECTIONS = 4430
    TOO_SLOW = 4431


CLOSES: dict[Close, tuple[str, str]] = {
    Close.INTERNAL: ("a fault of ours; it was logged", "reconnect, subscribe with `since`"),
    Close.CREDENTIAL_IN_URL: ("the URL carries a key or a token: URLs end in logs",
                              "send it in a header or in `auth`; replace the key"),
    Close.NOT_AUTHENTICATED: ("the credentials were refused, or are revoked or expired by now",
                              "reconnect with good ones, subscribe with `since`"),
    Close.AUTH_TIMEOUT: ("no `auth` came in time", "reconnect, and authenticate at once"),
    Close.MESSAGE_TOO_BIG: ("a message was longer than allowed", "send smaller messages"),
    Close.TOO_MANY_MESSAGES: ("more messages came than allowed", "reconnect after a second, send fewer"),
    Close.TOO_MANY_CONNECTIONS: ("this key, this address or this process has as many connections as allowed",
                                 "follow more sessions over one connection, or all by `sessions`"),
    Close.TOO_SLOW: ("nothing that we sent was read for too long", "reconnect, read faster, subscribe with `since`"),
}

REFUSALS: dict[str, str] = {
    "bad_message": "the message is no JSON object with a `type`, or is binary",
    "unknown_type": "there is no such `type`",
    "not_authenticated": "`auth` must come first",
    "unknown_channel": "there is no such channel",
    "insufficient_scope": "the key lacks the channel's scope",
    "session_not_found": "there is no such session, or it is somebody else's",
    "bad_since": "`since` is no number that this channel has given",
    "unknown_pair": "a pair of `pairs` has no price",
    "auction_not_found": "there is no such order or quote, or it is somebody else's",
    "too_many_subscriptions": "one connection may have no more subscriptions",
    "not_available": "the channel exists, and nothing feeds it on this service",
    "unavailable": "the database does not answer at the moment: try again",
}
# fmt: on
