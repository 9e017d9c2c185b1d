"""A session's entity tag: equal documents have equal tags, so a client that has one is told so in no words."""

from hashlib import blake2b

import msgspec
from rest_framework.request import Request

from swaps.documents import Document


def tag_of(document: Document) -> str:
    """A weak entity tag (RFC 9110, 8.8.1) of a document in which nothing ticks. Weak, because answers that bear it may
    differ in what does (`clock`, `margins`)."""
    return f'W/"{blake2b(msgspec.json.encode(document), digest_size=12).hexdigest()}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` names the tag, or any (`*`)."""
    known = [word.strip() for word in request.headers.get("If-None-Match", "").split(",")]
    return "*" in known or tag in known or tag.removeprefix("W/") in known
