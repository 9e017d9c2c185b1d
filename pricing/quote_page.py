"""One quote explained to the last unit, as Markdown: every line with its numbers and its rounding.

Each figure is worked out again here, from the document alone and by nothing but whole numbers: a quote that does not add up
has no page. So whoever holds a quote can do the same with pencil and paper.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

BPS = 10_000
BUMP_BASE = 10_000_000
CALLS = {
    "fill": "fill the maker's order: his tokens are locked",
    "lock": "lock ours for the receiver",
    "claim": "claim a lock with the secret",
}


class DoesNotAddUp(ValueError):
    """A quote one of whose figures is not what its own numbers make."""


def explained(document: Mapping[str, Any]) -> str:
    """The lines of one quote, part by part. Raises `DoesNotAddUp`."""
    parts = (_asked, _market, _worth, _impact, _protocol, _network, _sum, _least, _auction, _times, _signature)
    return "\n\n".join(part(document) for part in parts) + "\n"


def _asked(document: Mapping[str, Any]) -> str:
    route, quote = document["route"], document["quote"]
    units = f"{group(quote['sourceAmount'])} base units of {source(document)} ({route['sourceDecimals']} decimals)"
    if document["kind"] == "exactOutput":
        wanted = f"{group(quote['destinationAmount'])} base units of {destination(document)} shall arrive: the least that gives"
        asked = f"{wanted} them is {units}"
    else:
        asked = f"{units} are given"
    return (
        f"## What was asked\n\n`{document['quoteId']}`: {asked}, from {route['sourceChain']} to {route['destinationChain']}. "
        f"It was given at {document['issuedAt']}, and holds until {quote['validUntil']}."
    )


def _market(document: Mapping[str, Any]) -> str:
    route, market = document["route"], document["market"]
    tables = [_sources(market["source"])]
    if market["destination"] != market["source"]:
        tables.append(_sources(market["destination"]))
    one, other = Fraction(market["source"]["price"]), Fraction(market["destination"]["price"])
    rate = one / other * Fraction(10 ** route["destinationDecimals"], 10 ** route["sourceDecimals"])
    _hold("numerator", (rate.numerator, rate.denominator), (_int(market, "numerator"), _int(market, "denominator")))
    return (
        "## The market\n\nA price is the median of the sources that count: those that are fresh, and no further from the median "
        "than is allowed.\n\n" + "\n\n".join(tables) + f"\n\nFor one base unit of {source(document)} that is\n\n"
        f"    {market['source']['price']} / {market['destination']['price']} * 10^{route['destinationDecimals']} / "
        f"10^{route['sourceDecimals']} = {group(rate.numerator)} / {group(rate.denominator)}\n\n"
        f"base units of {destination(document)}: an exact ratio, in lowest terms. Nothing is rounded yet. Whole tokens, "
        f"for people: {document['quote']['rate']}."
    )


def _sources(price: Mapping[str, Any]) -> str:
    rows = [
        (one["source"], one["price"], one["observedAt"], "counts" if one["used"] else one["why"])
        for one in price["sources"]
    ]
    used = sorted(Fraction(one["price"]) for one in price["sources"] if one["used"])
    middle = Fraction(used[(len(used) - 1) // 2] + used[len(used) // 2], 2)
    _hold(f"the price of {price['symbol']}", middle, Fraction(price["price"]))
    table = _table((f"{price['symbol']} says", "US dollars", "at", ""), rows)
    how = "the middle one" if len(used) % 2 else "half of the sum of the two in the middle"
    return f"{table}\n\nThe median of {len(used)} is {price['price']}: {how}." if len(used) > 1 else table


def _worth(document: Mapping[str, Any]) -> str:
    market, amount = document["market"], _int(document["quote"], "sourceAmount")
    numerator, denominator = _int(market, "numerator"), _int(market, "denominator")
    worth = amount * numerator // denominator
    _hold("worth", worth, _int(document["breakdown"], "worth"))
    return (
        f"## What it is worth\n\n    {group(amount)} * {group(numerator)} / {group(denominator)} = "
        f"{_shown(amount * numerator, denominator)}\n    rounded down: {group(worth)}"
    )


def _impact(document: Mapping[str, Any]) -> str:
    worth, kept = _int(document["breakdown"], "worth"), _int(document["breakdown"], "priceImpact")
    depth = document["market"]["depth"]
    if depth is None:
        _hold("priceImpact", 0, kept)
        return "## Less its price impact\n\nNothing bounds what can be paid out on this route: there is none."
    bps, how = _impact_bps(worth, int(depth), document["market"]["impactCurve"])
    exact = worth * (1 - Fraction(bps, BPS))
    left = exact // 1
    _hold("priceImpact", worth - left, kept)
    share, told = _shown(worth * BPS, int(depth)), _shown(bps.numerator, bps.denominator)
    return (
        f"## Less its price impact\n\nAt most {group(depth)} can be paid out now. Of these it is\n\n"
        f"    {group(worth)} * 10,000 / {group(depth)} = {share} basis points\n\n"
        f"{how} The impact is\n\n    {group(bps.numerator)} / {group(bps.denominator)} = {told} "
        f"basis points, told as {document['quote']['priceImpact']} %\n\n"
        f"    {group(worth)} less that = {_shown(exact.numerator, exact.denominator)}\n"
        f"    rounded down: {group(left)}, so {group(worth - left)} are taken off"
    )


def _impact_bps(worth: int, depth: int, curve: list[list[int]]) -> tuple[Fraction, str]:
    share = Fraction(worth * BPS, depth)
    for (left, low), (right, high) in pairwise(curve):
        if share <= right:
            bps = low + (share - left) * Fraction(high - low, right - left)
            return (
                bps,
                f"Between a share of {left} and one of {right}, the impact grows from {low} to {high} basis points.",
            )
    return Fraction(curve[-1][1]), f"Above a share of {curve[-1][0]}, the impact stays at {curve[-1][1]} basis points."


def _protocol(document: Mapping[str, Any]) -> str:
    figures, bps = document["breakdown"], document["fees"]["protocolBps"]
    left = _int(figures, "worth") - _int(figures, "priceImpact")
    kept = left * (BPS - bps) // BPS
    _hold("protocolFee", left - kept, _int(figures, "protocolFee"))
    return (
        f"## Less our fee of {bps} basis points\n\n    {group(left)} * {BPS - bps:,} / 10,000 = "
        f"{_shown(left * (BPS - bps), BPS)}\n    rounded down: {group(kept)}, so the fee is {group(left - kept)}"
    )


def _network(document: Mapping[str, Any]) -> str:
    fees, taken = document["fees"]["network"], _int(document["breakdown"], "networkFee")
    head = "## Less what the network takes"
    if fees["status"] == "unknown":
        _hold("networkFee", 0, taken)
        return f"{head}\n\nIt is not known now, and we bear it: {fees['why']}."
    total = sum(_int(part, "amount") for part in fees["chains"])
    _hold("fees.network.amount", total, _int(fees, "amount"))
    charged = fees["status"] == "charged"
    _hold("networkFee", total if charged else 0, taken)
    parts = "\n\n".join(_chain(document, part) for part in fees["chains"])
    last = (
        f"Both together, {group(total)}, are taken off."
        if charged
        else f"Both together are {group(total)}. We bear that."
    )
    return f"{head}\n\n{parts}\n\n{last}"


def _chain(document: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    rows = [(CALLS.get(one["call"], one["call"]), group(one["gas"]), group(one["fee"])) for one in part["calls"]]
    gas, storage = _int(part, "gas"), _int(part, "storage")
    _hold("gas", sum(_int(one, "fee") for one in part["calls"]), gas)
    _hold("spent", gas + storage, _int(part, "spent"))
    route, price = document["route"], Fraction(document["market"]["destination"]["price"])
    rate = Fraction(part["price"]) / price * Fraction(10 ** route["destinationDecimals"], 10 ** part["decimals"])
    amount = -(-(gas + storage) * rate.numerator // rate.denominator)
    _hold("the network's amount", amount, _int(part, "amount"))
    guess = " (a part of the gas is not yet known from receipts of our own)" if part["estimated"] else ""
    kept = f" {group(part['deposit'])} more are held as a deposit, and come back." if int(part["deposit"]) else ""
    table = _table((f"on {part['chain']} we", "gas", f"fee, base units of {part['coin']}"), rows)
    return (
        f"{table}\n\nOne gas is {group(part['gasPrice'])} base units{guess}. Storage that is gone: {group(storage)}.{kept} "
        f"One {part['coin']} is {part['price']} US dollars:\n\n"
        f"    {group(gas + storage)} * {group(rate.numerator)} / {group(rate.denominator)} = "
        f"{_shown((gas + storage) * rate.numerator, rate.denominator)}\n    rounded up: {group(amount)}"
    )


def _sum(document: Mapping[str, Any]) -> str:
    figures = document["breakdown"]
    names = ("priceImpact", "protocolFee", "networkFee", "rounding")
    promised = _int(figures, "worth") - sum(_int(figures, name) for name in names)
    _hold("destinationAmount", promised, _int(figures, "destinationAmount"))
    _hold("quote.destinationAmount", promised, _int(document["quote"], "destinationAmount"))
    told = {
        "priceImpact": "price impact",
        "protocolFee": "our fee",
        "networkFee": "the network's",
        "rounding": "rounding",
    }
    width = len(group(figures["worth"]))
    lines = [f"      {group(figures['worth']):>{width}}  worth"]
    lines += [f"    - {group(figures[name]):>{width}}  {told[name]}" for name in names]
    lines += [f"    = {group(promised):>{width}}  base units of {destination(document)}"]
    why = (
        ""
        if document["kind"] == "exactInput"
        else "\n\nThe rounding is what a whole base unit of the source gives beyond what was wanted."
    )
    return (
        "## What is promised\n\n"
        + "\n".join(lines)
        + f"{why}\n\nA session that is made with this `quoteId` in time is paid exactly that, or what it asks for itself "
        "(its `destinationAmount`) where that is less: the destination is locked with it, and no other amount."
    )


def _least(document: Mapping[str, Any]) -> str:
    got, least = (_int(document["quote"], name) for name in ("destinationAmount", "minimumDestinationAmount"))
    kept = BPS - document["quote"]["slippageTolerance"]
    _hold("minimumDestinationAmount", -(-got * kept // BPS), least)
    return (
        f"## The least that was said to be enough\n\n    {group(got)} * {kept:,} / 10,000 = {_shown(got * kept, BPS)}\n"
        f"    rounded up: {group(least)}\n\nIt is the client's own bound: for a session that he makes without this quote."
    )


def _auction(document: Mapping[str, Any]) -> str:
    auction, worth = document["dutchAuction"], _int(document["breakdown"], "worth")
    end, bump = _int(auction, "endAmount"), auction["initialRateBump"]
    start = -(-end * (BUMP_BASE + bump) // BUMP_BASE)
    _hold("startAmount", start, _int(auction, "startAmount"))
    points = "".join(f", {point['price']} {point['delay']} s later" for point in auction["points"])
    return (
        "## The auction\n\nResolvers who compete for such a swap do so by price: "
        f"it falls from {auction['startPrice']}{points} to "
        f"{auction['endPrice']} within {auction['duration']} s, in straight lines, and stands at {auction['currentPrice']} when "
        f"the quote is given. In amounts, of the worth of {group(worth)}:\n\n"
        f"    the end, rounded down: {group(end)}\n"
        f"    the start, by the order's rate bump: {group(end)} * ({BUMP_BASE:,} + {bump:,}) / {BUMP_BASE:,} = "
        f"{_shown(end * (BUMP_BASE + bump), BUMP_BASE)}, rounded up: {group(start)}\n\n"
        "What a fill would earn a resolver now, after gas on both chains, and from which second on it pays: "
        f"`GET /api/v1/auctions/{document['quoteId']}/profit`, for the quote's owner and for operators with `sessions:all`. It "
        "reckons with what the auction asks for; a session on the quote is paid its `destinationAmount` all the same."
    )


def _times(document: Mapping[str, Any]) -> str:
    times, plan = document["estimatedTime"], document["timelocks"]
    told = (
        f"Usually {times['seconds']} s from the maker's lock until the receiver is paid, {times['atMostSeconds']} s at most."
        if times
        else "How long it takes is not known now."
    )
    if not plan:
        return f"## Its time\n\n{told}"
    stages = [(name, plan[name]) for name in plan if isinstance(plan[name], int)]
    rows = [
        (name.partition("_")[0], name.partition("_")[2].replace("_", " "), str(seconds)) for name, seconds in stages
    ]
    return f"## Its time\n\n{told} The locks' stages, in seconds after each was made:\n\n" + _table(
        ("lock", "stage", "seconds"), rows
    )


def _signature(document: Mapping[str, Any]) -> str:
    signature = document["signature"]
    if signature is None:
        return "## The signature\n\nNone: a dry quote promises nothing."
    return (
        f"## The signature\n\nAll of this, as canonical JSON (RFC 8785), is signed with {signature['algorithm']} by the key "
        f"`{signature['keyId']}`; `GET /api/v1/receipt-keys` has it. `POST /sessions` checks it when the quote is used, and what "
        "we kept against it: one that was changed is refused with `quote_tampered`."
    )


# Words and numbers


def group(number: int | str) -> str:
    """Digits in threes."""
    return f"{int(number):,}"


def source(document: Mapping[str, Any]) -> str:
    """The source token's symbol."""
    return str(document["route"]["pair"]).partition("/")[0]


def destination(document: Mapping[str, Any]) -> str:
    """The destination token's symbol."""
    return str(document["route"]["pair"]).partition("/")[2]


def _int(of: Mapping[str, Any], name: str) -> int:
    return int(of[name])


def _hold(name: str, found: object, kept: object) -> None:
    if found != kept:
        raise DoesNotAddUp(f"{name} is {kept}, and its own numbers make {found}")


def _shown(numerator: int, denominator: int) -> str:
    """A quotient with six decimals cut off; … says that there are more."""
    whole, rest = divmod(numerator, denominator)
    part, more = divmod(rest * 10**6, denominator)
    if not rest:
        return group(whole)
    return f"{group(whole)}.{part:06d}…" if more else f"{group(whole)}.{part:06d}".rstrip("0")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(heads), " | ".join("---" for _ in heads), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


HEAD = """# One quote, to the last unit

<!-- drawn: manage.py quote_page -->

This page explains a quote of `POST /api/v1/quote` as the service answers it: the same code made it, of fixed inputs. Amounts
are whole base units, ratios are exact, and every rounding says which way: down what is paid out, up what is taken. Of any quote
that was given, `manage.py quote_page --quote ID` says the same.
"""


def page(document: Mapping[str, Any]) -> str:
    """docs/quote.md."""
    return f"{HEAD}\n{explained(document)}"
