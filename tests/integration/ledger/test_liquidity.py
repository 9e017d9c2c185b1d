"""What we may promise: the final balance, less what is promised until it is finally locked."""

import pytest

from chains.codec import calldata
from chains.models import Chain
from devnet.network import MAKER, USDC_ON_BASE, USDT, send_evm
from swaps.errors import InsufficientLiquidity
from swaps.models import Reservation
from swaps.services import liquidity
from swaps.services.advance import session_advance
from swaps.services.facts import facts_gather
from tests.integration.ledger.desk import Desk


def test_only_what_is_final_can_be_promised(books: Desk) -> None:
    anvil = books.network.evm["base"]
    before = liquidity.balance("base", USDC_ON_BASE)
    resolver = books.network.deployments["base"].resolver
    anvil.receipt(send_evm(anvil.rpc, MAKER, USDC_ON_BASE, calldata.erc20_transfer(resolver.lower(), 5)))
    assert books.network.evm_balance("base", USDC_ON_BASE, resolver) == before + 5
    assert liquidity.balance("base", USDC_ON_BASE) == before
    books.read()
    assert liquidity.balance("base", USDC_ON_BASE) == before + 5


def test_a_promise_lives_until_its_lock_is_final(books: Desk) -> None:
    """One whose lock is merely seen may fall out of the chain again, and the tokens be there and wanted."""
    session = books.ended[0]
    view = facts_gather(session, wall=session.created_at).destination
    Reservation.objects.filter(session=session).update(released_at=None)
    view.leg.chain.final_height = view.events[0].block_height - 1
    liquidity.reservation_keep(view)
    assert Reservation.objects.filter(session=session, released_at=None).exists()
    view.leg.chain.final_height = view.events[0].block_height
    liquidity.reservation_keep(view)
    assert not Reservation.objects.filter(session=session, released_at=None).exists()


def test_a_seen_lock_does_not_free_it_in_the_session_either(books: Desk) -> None:
    session = books.ended[0]
    lock = session.legs.get(side="destination")
    Reservation.objects.filter(session=session).update(released_at=None)
    Chain.objects.filter(pk=lock.chain_id).update(final_height=(lock.lock_height or 0) - 1)
    session.__class__.objects.filter(pk=session.pk).update(status="both_locked", finished_at=None)
    lock.lock_id = ""
    lock.save()
    session_advance(session_id=session.pk)
    lock.refresh_from_db()
    assert lock.lock_id
    assert Reservation.objects.filter(session=session, released_at=None).exists()


def test_what_is_promised_cannot_be_promised_again(books: Desk) -> None:
    session = books.ended[0]
    free = liquidity.available(session)
    Reservation.objects.filter(session=session).delete()
    other = books.ended[4]
    promised = free.amount - session.destination_amount + 1
    Reservation.objects.filter(session=other).update(released_at=None, amount=promised, token=USDT, chain_id="near")
    with pytest.raises(InsufficientLiquidity):
        liquidity.reserve(session=session, balance=free)
    Reservation.objects.filter(session=other).update(amount=promised - 1)
    assert liquidity.reserve(session=session, balance=free).amount == session.destination_amount
