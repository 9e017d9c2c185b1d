"""The link to a swap's public page."""

from typing import Annotated, TypedDict

from msgspec import Meta

from access.shapes import Moment
from swaps.shapes.words import SessionId


class StatusLinkDocument(TypedDict):
    """Where the maker follows his swap. Whoever has the link can read the page, and do nothing else with it."""

    sessionId: SessionId
    url: Annotated[
        str | None,
        Meta(description="the page: absolute, or a path on this service's public address; null: it was withdrawn"),
    ]
    number: Annotated[int, Meta(ge=1, description="how many links there were; the last one alone opens the page")]
    expiresAt: Annotated[Moment | None, Meta(description="until when it opens the page; null while the swap goes on")]
