"""Legs on EVM chains: escrows whose address commits to their terms, so that recomputing it checks all of them at once."""

from dataclasses import replace
from typing import Any

from chains.clients.evm import EvmClient
from chains.codec import calldata
from chains.codec.escrow import Immutables, escrow_address
from chains.codec.timelocks import Timelocks
from chains.config import chain_config, quorum
from chains.errors import NoQuorum
from chains.models import ChainEvent
from swaps.models import Leg, SwapSession
from swaps.services.confirmations import final_height
from swaps.services.legs import Recognised, Stray, Verification, differences
from swaps.timelocks import Ladder


def timelocks_of(ladder: Ladder) -> Timelocks:
    """The ladder's offsets in the contract's order, not yet stamped with a creation time."""
    return Timelocks(
        src_withdrawal=ladder.source_withdrawal,
        src_public_withdrawal=ladder.source_public_withdrawal,
        src_cancellation=ladder.source_cancellation,
        src_public_cancellation=ladder.source_public_cancellation,
        dst_withdrawal=ladder.destination_withdrawal,
        dst_public_withdrawal=ladder.destination_public_withdrawal,
        dst_cancellation=ladder.destination_cancellation,
        deployed_at=0,
    )


class EvmLegs:
    """See `LegFamily`."""

    def terms(self, session: SwapSession, side: str, ladder: Ladder) -> dict[str, Any]:
        source = side == Leg.Side.SOURCE
        config = chain_config(session.source_chain_id if source else session.destination_chain_id)
        immutables = Immutables(
            order_hash=bytes.fromhex(session.salt),
            hashlock=bytes.fromhex(session.hashlock),
            maker=session.maker if source else session.taker,
            taker=config.resolver,
            token=session.source_token if source else session.destination_token,
            amount=session.source_amount if source else session.destination_amount,
            safety_deposit=config.safety_deposit,
            timelocks=timelocks_of(ladder),
        )
        return {"immutables": immutables.to_json()}

    def maker_calls(self, session: SwapSession, leg: Leg) -> list[dict[str, Any]]:
        config = chain_config(leg.chain_id)
        immutables = Immutables.from_json(leg.terms["immutables"])
        native = leg.token == config.native_token
        value = immutables.safety_deposit + (leg.amount if native else 0)
        lock = {
            "chain": leg.chain_id,
            "purpose": "lock",
            "to": config.factory,
            "value": str(value),
            "data": "0x" + calldata.create_src_escrow(immutables).hex(),
        }
        if native:
            return [lock]
        approve = {
            "chain": leg.chain_id,
            "purpose": "approve",
            "to": leg.token,
            "value": "0",
            "data": "0x" + calldata.erc20_approve(config.factory, leg.amount).hex(),
        }
        return [approve, lock]

    def recognise(self, leg: Leg, event: ChainEvent) -> Recognised | None:
        expected = Immutables.from_json(leg.terms["immutables"])
        deployed_at = event.block_time_ns // 10**9
        stamped = expected.deployed(deployed_at)
        source = leg.side == Leg.Side.SOURCE
        chain = event.chain
        implementation = chain.escrow_src_implementation if source else chain.escrow_dst_implementation
        if escrow_address(chain.contract, implementation, stamped) != event.lock_id:
            return None
        locks = stamped.timelocks
        withdrawal, cancellation = (
            (locks.src_withdrawal, locks.src_cancellation) if source else (locks.dst_withdrawal, locks.dst_cancellation)
        )
        return Recognised(
            lock_id=event.lock_id,
            terms={"immutables": stamped.to_json()},
            claim_from=deployed_at + withdrawal,
            expires_at=deployed_at + cancellation,
            refund_from=deployed_at + cancellation,
        )

    def stray(self, leg: Leg, event: ChainEvent) -> Stray | None:
        if leg.side == Leg.Side.DESTINATION:
            return self._second(leg, event)
        agreed = Immutables.from_json(leg.terms["immutables"])
        if event.payload.get("side") != Leg.Side.SOURCE:
            return None
        found = Immutables.from_json(event.payload["immutables"])
        if (found.maker, found.taker) != (leg.refundee, agreed.taker):
            return None  # only the taker, our Resolver, may cancel
        unstamped = replace(found, timelocks=replace(found.timelocks, deployed_at=0))
        return Stray(
            differences=differences(unstamped.to_json(), agreed.to_json()),
            refund_from=found.timelocks.deployed_at + found.timelocks.src_cancellation,
            call={"method": "cancel", "escrow": event.lock_id, "immutables": found.to_json()},
        )

    def _second(self, leg: Leg, event: ChainEvent) -> Stray | None:
        """A destination's event tells no terms: its address must be that of the agreed ones."""
        found = self.recognise(leg, event)
        if found is None:
            return None
        return Stray(
            differences=("our own lock, and the swap went on with another one of the same terms",),
            refund_from=found.refund_from,
            call={"method": "cancel", "escrow": found.lock_id, **found.terms},
        )

    def lock_call(self, leg: Leg, *, latest_expiry: int, now: int) -> dict[str, Any]:
        return {
            "method": "deploy_dst",
            "immutables": leg.terms["immutables"],
            "sourceCancellation": str(latest_expiry),
            "value": "0",  # the Resolver pays from what it holds
        }

    def claim_call(self, leg: Leg) -> dict[str, Any]:
        terms = leg.lock_terms["immutables"]
        payee = terms["taker" if leg.side == Leg.Side.SOURCE else "maker"]
        return {"method": "withdraw", "escrow": leg.lock_id, "immutables": terms, "payee": payee}

    def refund_call(self, leg: Leg) -> dict[str, Any]:
        return {"method": "cancel", "escrow": leg.lock_id, "immutables": leg.lock_terms["immutables"]}

    def pay_call(self, leg: Leg) -> dict[str, Any]:
        raise ValueError(f"{leg}: an EVM escrow pays when it is settled")

    def verify(self, leg: Leg) -> Verification:
        immutables = Immutables.from_json(leg.lock_terms["immutables"])
        native = leg.token == chain_config(leg.chain_id).native_token
        block = pinned_block(leg)

        def ask(node: EvmClient) -> tuple[bool, int, int]:
            coins = node.balance(leg.lock_id, block)
            held = coins - immutables.safety_deposit if native else node.erc20_balance(leg.token, leg.lock_id, block)
            return node.has_code(leg.lock_id, block), coins, held

        has_code, coins, held = quorum(leg.chain_id).ask(f"the lock {leg.lock_id}", ask)
        problems = []
        if not has_code:
            problems.append(f"there is no contract at {leg.lock_id}")
        if held < leg.amount:
            problems.append(f"the escrow holds {held} of {leg.amount}")
        if coins < immutables.safety_deposit:
            problems.append(f"the escrow holds {coins} of the safety deposit {immutables.safety_deposit}")
        return Verification(tuple(problems), {"held": str(held), "coins": str(coins), "block": block})


def pinned_block(leg: Leg) -> int:
    """The block up to which the leg's events are believed, so that a lock that counts is found; the same for every provider.
    Raises `NoQuorum` before there is one."""
    height = final_height(leg)
    if height < 0:
        raise NoQuorum(f"{leg.chain_id} has no final block yet")
    return height
