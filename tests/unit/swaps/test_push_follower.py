"""A stream that is left or begun again while an update of it is on its way: nothing is lost, and nothing is revived."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from swaps.push.follower import Follower
from swaps.push.hub import Hub
from swaps.push.limits import limits
from swaps.push.tail import Numbered

KEY = ("session", "sess_" + "a" * 24)
NEWEST = 6


class Client(Follower):
    """Keeps what it is sent; `meanwhile` happens while the transport takes the first update."""

    transport = "websocket"

    def __init__(self, its_hub: Hub, meanwhile: Callable[["Client"], None] = lambda client: None) -> None:
        super().__init__(its_hub)
        self.meanwhile = meanwhile
        self.sent: list[int] = []
        self.said: list[str] = []

    async def write(self, text: str) -> None:
        self.said.append(text)

    async def write_update(self, number: int, text: str) -> None:
        self.sent.append(number)
        meanwhile, self.meanwhile = self.meanwhile, lambda client: None
        meanwhile(self)
        await asyncio.sleep(0)

    async def write_lagging(self, seconds: float) -> None:
        """Nobody waits here."""

    def heartbeat(self) -> str:
        return ""

    def begin_again(self, since: int) -> None:
        """As a second `subscribe` does it: `swaps.push.subscriptions`."""
        stream = self.hub.streams[KEY]
        self.hub.unfollow(self, stream)
        self.say(f"subscribed after {since}")
        self.hub.follow(self, KEY, cursor=since, newest=NEWEST)

    async def until_idle(self) -> None:
        """Send what there is."""
        while self._outbox or self._latest or self.dirty:
            await self._step()


@pytest.fixture
async def stream_hub() -> Hub:
    """A hub with one stream of six updates, which another follower keeps."""
    its_hub = Hub(replace(limits(), heartbeat_seconds=1e9))
    its_hub.follow(Client(its_hub), KEY, cursor=0, newest=0)
    for number in range(1, NEWEST + 1):
        assert its_hub.streams[KEY].tail.append(number, str(number))
    return its_hub


@pytest.mark.parametrize("since", [0, 1, 2, 5, NEWEST])
async def test_a_second_subscription_is_sent_all_that_comes_after_its_own_number(stream_hub: Hub, since: int) -> None:
    client = Client(stream_hub, lambda client: client.begin_again(since))
    stream_hub.follow(client, KEY, cursor=2, newest=NEWEST)
    await client.until_idle()
    assert client.said == [f"subscribed after {since}"]
    assert client.sent == [3, *range(since + 1, NEWEST + 1)]
    assert client.cursors == {stream_hub.streams[KEY]: NEWEST}


async def test_a_stream_that_is_left_gets_no_number_again(stream_hub: Hub) -> None:
    stream = stream_hub.streams[KEY]
    client = Client(stream_hub, lambda client: client.hub.unfollow(client, stream))
    stream_hub.follow(client, KEY, cursor=2, newest=NEWEST)
    await client.until_idle()
    assert (client.sent, client.cursors) == ([3], {})
    stream_hub.leave(client)
    assert client not in stream.followers


async def test_what_was_read_for_the_first_subscription_is_not_sent_to_the_second(
    stream_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tail has moved on, the rows are read, and meanwhile the client subscribes from the newest on."""
    stream = stream_hub.streams[KEY]
    stream.tail.trim(4)
    client = Client(stream_hub)

    async def rows(key: tuple[str, str, int]) -> list[Numbered]:
        client.begin_again(NEWEST)
        return [(number, str(number)) for number in range(key[2] + 1, NEWEST + 1)]

    monkeypatch.setattr(stream_hub.history, "get", rows)
    stream_hub.follow(client, KEY, cursor=2, newest=NEWEST)
    await client.until_idle()
    assert (client.sent, client.cursors) == ([], {stream: NEWEST})
