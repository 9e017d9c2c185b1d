"""docs/quote.md is what the command draws, and no quote that does not add up has a page."""

import copy
from pathlib import Path
from typing import Any

import pytest

from pricing.example import live_example, seed_example
from pricing.quote_page import DoesNotAddUp, explained, page


def test_the_page_is_what_the_command_draws(root: Path) -> None:
    """Else: manage.py quote_page."""
    assert (root / "docs" / "quote.md").read_text() == page(live_example())


def test_it_is_the_same_every_time() -> None:
    assert page(live_example()) == page(live_example())


@pytest.mark.parametrize("example", [live_example, seed_example])
def test_every_figure_of_it_is_held_to_its_own_numbers(example: Any) -> None:
    """One unit more or less anywhere in the arithmetic, and there is no page."""
    document = example()
    assert explained(document)
    places = [("breakdown", name) for name in document["breakdown"]]
    places += [("quote", "destinationAmount"), ("quote", "minimumDestinationAmount"), ("quote", "sourceAmount")]
    places += [("market", "numerator"), ("market", "denominator"), ("dutchAuction", "startAmount")]
    for part, name in places:
        wrong: Any = copy.deepcopy(document)
        wrong[part][name] = str(int(wrong[part][name]) + 1)
        with pytest.raises(DoesNotAddUp):
            explained(wrong)


def test_the_network_and_the_sources_too() -> None:
    wrong: Any = copy.deepcopy(live_example())
    wrong["fees"]["network"]["chains"][0]["calls"][0]["fee"] = "1"
    with pytest.raises(DoesNotAddUp, match="gas"):
        explained(wrong)
    wrong = copy.deepcopy(live_example())
    wrong["market"]["destination"]["sources"][1]["used"] = True
    with pytest.raises(DoesNotAddUp, match="NEAR"):
        explained(wrong)


def test_seed_000s_example_is_exact() -> None:
    quote, auction = seed_example()["quote"], seed_example()["dutchAuction"]
    assert (quote["destinationAmount"], quote["rate"]) == ("997997997", "1.001001001001001001")
    assert (auction["startPrice"], auction["endPrice"]) == ("1.006006006006006006", "0.995995995995995995")
