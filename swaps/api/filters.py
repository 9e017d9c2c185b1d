"""Which of the caller's sessions a list shows: every fault of the query at once."""

from typing import Any

from django.db.models import Q
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from swaps import selectors
from swaps.hashlock import NotASecret, parse_secret
from swaps.statuses import Status
from swaps.validation import Checker

MAX_IDS = 100
MAX_PAGE = 200
PLAIN = {"sourceChain": "source_chain", "destinationChain": "destination_chain"}
KNOWN = {
    "ids", "status", "sourceChain", "destinationChain", "route", "custody", "maker", "taker", "createdFrom", "createdTo",
    "hashlock", "transaction", "limit", "cursor",
}  # fmt: skip


def session_filter(query: QueryDict) -> Q:
    """The condition that a query's parameters make together. Raises `InvalidSession` with every fault."""
    check = Checker({name: query[name] for name in query})
    found = Q()
    for part in (_ids, _statuses, _chains, _people, _custody, _created, _hashlock, _transaction):
        found &= part(check)
    if "limit" in check.body:
        check.digits("limit", 1, MAX_PAGE)
    check.unknown(KNOWN)
    check.raise_errors()
    return found


def _words(check: Checker, name: str, most: int) -> list[str]:
    """A parameter of several words with commas between them."""
    words = [word.strip() for word in check.text(name, required=False, max_length=8192).split(",")]
    words = [word for word in words if word]
    if len(words) > most:
        check.error(name, f"may name {most} at most")
    return words


def _ids(check: Checker) -> Q:
    ids = _words(check, "ids", MAX_IDS)
    return Q(pk__in=ids) if "ids" in check.body else Q()


def _statuses(check: Checker) -> Q:
    words = _words(check, "status", len(Status))
    unknown = sorted(set(words) - set(Status))
    if unknown:
        check.error("status", f"must be of {', '.join(Status)}, with commas between several")
    return Q(status__in=words) if words and not unknown else Q()


def _chains(check: Checker) -> Q:
    found = Q()
    for name, column in PLAIN.items():
        chain = check.chain(name, required=False)
        if chain is not None:
            found &= Q(**{column: chain.name})
    route = check.text("route", required=False)
    source, arrow, destination = route.partition(">")
    if route and not (arrow and source and destination):
        check.error("route", "must be SOURCE>DESTINATION, as base>near")
    elif route:
        found &= Q(source_chain=source, destination_chain=destination)
    return found


def _people(check: Checker) -> Q:
    """Accounts as they stand in documents: EVM addresses in any case."""
    found = Q()
    for name in ("maker", "taker"):
        value = check.text(name, required=False)
        if value:
            found &= Q(**{name: value.lower()})
    return found


def _custody(check: Checker) -> Q:
    if "custody" not in check.body:
        return Q()
    return Q(custody=check.choice("custody", ("maker", "service"), "maker"))


def _created(check: Checker) -> Q:
    first, last = check.moment("createdFrom"), check.moment("createdTo")
    found = Q()
    if first:
        found &= Q(created_at__gte=first)
    if last:
        found &= Q(created_at__lt=last)
    if first and last and last <= first:
        check.error("createdTo", "must be later than createdFrom")
    return found


def _hashlock(check: Checker) -> Q:
    text = check.text("hashlock", required=False)
    if not text:
        return Q()
    try:
        return Q(hashlock=parse_secret(text).hex())
    except NotASecret:
        check.error("hashlock", "must be 32 bytes: 64 hexadecimal digits, with or without 0x")
        return Q()


def _transaction(check: Checker) -> Q:
    text = check.text("transaction", required=False)
    return selectors.by_transaction(text) if text else Q()


def _parameter(name: str, description: str, schema: Any) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description)


TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 128}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
LIST_PARAMETERS = [
    _parameter("ids", f"only these sessions, with commas between their ids; {MAX_IDS} at most", {"type": "string"}),
    _parameter("status", "only with these statuses, with commas between them", {"type": "string"}),
    _parameter("sourceChain", "only from this chain", TEXT),
    _parameter("destinationChain", "only to this chain", TEXT),
    _parameter("route", "both at once: base>near", {"type": "string", "pattern": "^[^>]+>[^>]+$", "maxLength": 128}),
    _parameter("custody", "only with the secret kept so", {"type": "string", "enum": ["maker", "service"]}),
    _parameter("maker", "only of this maker", TEXT),
    _parameter("taker", "only for this taker", TEXT),
    _parameter("createdFrom", "made at this moment or later", MOMENT),
    _parameter("createdTo", "made before this moment", MOMENT),
    _parameter("hashlock", "the one with this hashlock", {"type": "string", "pattern": "^(0x)?[0-9a-fA-F]{64}$"}),
    _parameter("transaction", "those that a transaction (NEAR: or a receipt) of either chain belongs to", TEXT),
    _parameter(
        "limit",
        f"how many a page has at most, up to {MAX_PAGE}; 50 by default",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE},
    ),
    _parameter("cursor", "from `next` or `previous`", {"type": "string"}),
]
