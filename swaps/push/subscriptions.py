"""`subscribe` and `unsubscribe`: what each channel answers, and where its updates begin."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import structlog

from access.authentication import Principal
from access.masking import masked
from swaps.auctions import Standing
from swaps.push import reading
from swaps.push.instruments import REFUSED, SUBSCRIPTIONS
from swaps.push.protocol import CHANNELS, REFUSALS
from swaps.push.reading import Snapshot

if TYPE_CHECKING:
    from swaps.push.hub import Hub, Key
    from swaps.push.socket import Socket

log = structlog.get_logger(__name__)
ALL_SESSIONS = "sessions:all"
LONGEST_ID = 100
Message = dict[str, Any]


class Refused(Exception):
    """A subscription that is not made: a code of `REFUSALS`, and a sentence."""

    def __init__(self, code: str, sentence: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence or REFUSALS[code]


async def subscribe(socket: "Socket", message: Message) -> None:
    """Answer with a snapshot and `subscribed`; updates follow. Or with `subscription_error`, which changes nothing."""
    try:
        await _subscribe(socket, message)
    except Refused as refused:
        _tell_refused(socket, message, refused)
    except Exception:
        log.exception("socket.cannot_subscribe")
        _tell_refused(socket, message, Refused("unavailable"))


async def _subscribe(socket: "Socket", message: Message) -> None:
    channel = CHANNELS.get(message["channel"]) if isinstance(message.get("channel"), str) else None
    if channel is None:
        raise Refused("unknown_channel", f"channel must be one of {', '.join(CHANNELS)}")
    assert socket.principal is not None
    if not socket.principal.has_scope(channel.scope):
        raise Refused("insufficient_scope", f"this key lacks the scope {channel.scope}")
    if channel.name not in OPENERS:
        raise Refused("not_available")
    await OPENERS[channel.name](socket, message)


def _tell_refused(socket: "Socket", message: Message, refused: Refused) -> None:
    REFUSED.labels(refused.code).inc()
    echoed = {
        name: masked(message[name])
        for name in ("channel", "sessionId", "pairs", "auction")
        if _is_short(message.get(name))
    }
    socket.tell("subscription_error", **echoed, code=refused.code, error=refused.sentence)


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_ID


async def unsubscribe(socket: "Socket", message: Message) -> None:
    """End a subscription; one that does not stand is ended, too."""
    channel, session_id = str(message.get("channel", "session")), message.get("sessionId")
    for stream in list(socket.cursors):
        if stream.key[0] == channel and (channel != "session" or stream.key[1] == session_id):
            socket.hub.unfollow(socket, stream)
            SUBSCRIPTIONS.labels(channel).dec()
    if channel == "prices":
        _leave_prices(socket, message)
    subject = {"sessionId": session_id} if channel == "session" else {}
    socket.tell("unsubscribed", channel=channel[:LONGEST_ID], **subject)


def _leave_prices(socket: "Socket", message: Message) -> None:
    """Named auctions alone, or all pairs and auctions."""
    if "auction" in message or "auctions" in message:
        named = message.get("auctions", [message.get("auction")])
        wanted = {str(name).lower() for name in named} if isinstance(named, list) else set()
        socket.hub.auctions.leave(socket, wanted & socket.hub.auctions.followed_by(socket))
        return
    socket.hub.auctions.leave(socket)
    if socket.pairs:
        socket.pairs = frozenset()
        socket.hub.prices.leave(socket)
        SUBSCRIPTIONS.labels("prices").dec()


def forget(socket: "Socket") -> None:
    """Take a client's subscriptions out of the count: it is gone."""
    for stream in socket.cursors:
        SUBSCRIPTIONS.labels(stream.key[0]).dec()
    if socket.pairs:
        SUBSCRIPTIONS.labels("prices").dec()


def named(key: "Key") -> Message:
    """A stream in the words of `subscribe`."""
    channel, subject = key
    return {"channel": channel, "sessionId": subject} if channel == "session" else {"channel": channel}


# Channels


async def _open_session(socket: "Socket", message: Message) -> None:
    session_id = message.get("sessionId")
    if not _is_short(session_id):
        raise Refused("session_not_found", "Session not found")
    key, since = ("session", str(session_id)), _since(message)
    _check_room(socket, key)
    assert socket.principal is not None
    snapshot = await visible_snapshot(socket.hub, key[1], socket.principal)
    if snapshot is None:
        raise Refused("session_not_found", "Session not found")
    _check_seen(since, snapshot.seq)
    socket.say(snapshot.text)
    socket.tell("subscribed", channel="session", sessionId=key[1], seq=snapshot.seq)
    _follow(socket, key, since, snapshot.seq)


async def visible_snapshot(hub: "Hub", session_id: str, principal: Principal) -> Snapshot | None:
    """A session as it is now; None for one that does not exist, or that this caller may not see."""
    snapshot = await hub.snapshots.get(session_id)
    if snapshot is None or not (snapshot.owner == principal.id or principal.has_scope(ALL_SESSIONS)):
        return None
    return snapshot


async def _open_sessions(socket: "Socket", message: Message) -> None:
    assert socket.principal is not None
    key, since = ("sessions", socket.principal.id), _since(message)
    _check_room(socket, key)
    position, text = await socket.hub.run("feed", reading.feed_snapshot, key[1])
    _check_seen(since, position)
    socket.say(text)
    socket.tell("subscribed", channel="sessions", position=position)
    _follow(socket, key, since, position)


async def _open_alerts(socket: "Socket", message: Message) -> None:
    key, since = ("alerts", ""), _since(message)
    _check_room(socket, key)
    seq, text = await socket.hub.run("alerts", reading.alerts_snapshot)
    _check_seen(since, seq)
    socket.say(text)
    socket.tell("subscribed", channel="alerts", seq=seq)
    _follow(socket, key, since, seq)


async def _open_prices(socket: "Socket", message: Message) -> None:
    """Pairs, all of them where none are named; or auctions, and then only the pairs that are named."""
    if "auction" in message or "auctions" in message:
        found = await _auctions_asked(socket, message)
        _check_auctions_room(socket, found)
        if message.get("pairs") is None:
            socket.tell("subscribed", channel="prices", pairs=sorted(socket.pairs), auctions=sorted(found))
        else:
            await _open_pairs(socket, message, auctions=sorted(found))
        socket.hub.auctions.follow(socket, found)
        return
    await _open_pairs(socket, message)


async def _auctions_asked(socket: "Socket", message: Message) -> dict[str, Standing]:
    """The auctions that are named, each of the caller's own; an operator may follow anybody's."""
    asked = message["auctions"] if "auctions" in message else [message["auction"]]
    if not (isinstance(asked, list) and asked and all(_is_short(name) for name in asked)):
        raise Refused("auction_not_found", "auctions must be a list of order hashes and quote ids")
    names = {name.lower() for name in asked}
    if len(names) > socket.limits.subscriptions:
        raise Refused("too_many_subscriptions", f"one connection may have {socket.limits.subscriptions} subscriptions")
    principal = socket.principal
    assert principal is not None
    found = await socket.hub.auctions.look(names)
    everybodys = principal.has_scope(ALL_SESSIONS)
    for name in sorted(names):
        if name not in found or not (everybodys or found[name].owner == principal.id):
            raise Refused("auction_not_found", f"there is no auction {masked(name)}")
    return found


async def _open_pairs(socket: "Socket", message: Message, **more: Any) -> None:
    known, asked = await socket.hub.prices.known(), message.get("pairs")
    if asked is not None and not (isinstance(asked, list) and all(isinstance(pair, str) for pair in asked)):
        raise Refused("unknown_pair", "pairs must be a list of names like USDC/USDT")
    pairs = frozenset(known if asked is None else asked)
    unknown = sorted(pairs - set(known))
    if unknown:
        raise Refused("unknown_pair", f"there is no price for {unknown[0][:LONGEST_ID]}")
    if not socket.pairs:
        _check_room(socket, ("prices", ""))
        SUBSCRIPTIONS.labels("prices").inc()
    socket.pairs = socket.pairs | pairs
    socket.tell("subscribed", channel="prices", pairs=sorted(socket.pairs), **more)
    if not socket.ending.done():
        socket.hub.prices.follow(socket, socket.pairs, known)


OPENERS: dict[str, Callable[["Socket", Message], Awaitable[None]]] = {
    "session": _open_session,
    "sessions": _open_sessions,
    "prices": _open_prices,
    "alerts": _open_alerts,
}


def _since(message: Message) -> int | None:
    since = message.get("since")
    if since is not None and (isinstance(since, bool) or not isinstance(since, int) or not 0 <= since < 2**31):
        raise Refused("bad_since", "since must be a number that this channel has given, or 0")
    return since


def _check_seen(since: int | None, newest: int) -> None:
    if since is not None and since > newest:
        raise Refused("bad_since", f"since is {since}, and the newest is {newest}")


def _check_room(socket: "Socket", key: "Key") -> None:
    if _taken(socket) >= socket.limits.subscriptions and key not in {stream.key for stream in socket.cursors}:
        raise Refused("too_many_subscriptions", f"one connection may have {socket.limits.subscriptions} subscriptions")


def _check_auctions_room(socket: "Socket", found: dict[str, Standing]) -> None:
    """Each auction is a subscription of its own."""
    more = found.keys() - socket.hub.auctions.followed_by(socket)
    if _taken(socket) + len(more) > socket.limits.subscriptions:
        raise Refused("too_many_subscriptions", f"one connection may have {socket.limits.subscriptions} subscriptions")


def _taken(socket: "Socket") -> int:
    return len(socket.cursors) + bool(socket.pairs) + len(socket.hub.auctions.followed_by(socket))


def _follow(socket: "Socket", key: "Key", since: int | None, newest: int) -> None:
    """Begin after `since`, or after the snapshot. A second subscription to a stream begins it again."""
    known = next((stream for stream in socket.cursors if stream.key == key), None)
    if known is not None:
        socket.hub.unfollow(socket, known)
        SUBSCRIPTIONS.labels(key[0]).dec()
    if socket.ending.done():
        return
    socket.hub.follow(socket, key, cursor=newest if since is None else since, newest=newest)
    SUBSCRIPTIONS.labels(key[0]).inc()
