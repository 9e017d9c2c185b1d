"""Reading blocks again: what the first reading missed is stored once; the cursor stays where it is."""

from django.db.models import Q

from access.actions.errors import ActionRefused
from access.actions.kinds import About, ActionKind, Field, Order, Parameters, Tell
from access.actions.plans import Plan, Step
from chains.errors import ChainError
from chains.models import Chain, ChainEvent
from chains.operations.words import about_chain, chain_get, config_of
from chains.services.setup import ChainMisconfigured
from chains.watchers import watcher_for

MOST_BLOCKS = {Chain.Family.EVM: 50_000, Chain.Family.NEAR: 2_000}
"""At once: what a public provider answers within some minutes."""


class RescanBlocks(ActionKind):
    """May be called again from the start after a crash: the unique key of events makes a second reading harmless."""

    name, title, verb = "chain.rescan", "Read blocks again", "Read them again"
    permission, icon, works_later = "chains.rescan_chain", "manage_search", True
    fields = (
        Field(
            "first", "First block", "Its height. Only final blocks are read again; newer ones are read twice anyway."
        ),
        Field(
            "last", "Last block", "Its height, included. At most 50,000 blocks at once on EVM chains, 2,000 on NEAR."
        ),
    )

    def about(self, subject: str) -> About:
        return about_chain(chain_get(subject))

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        chain = chain_get(subject)
        config, (first, last) = config_of(chain.name), (int(parameters["first"]), int(parameters["last"]))
        known = ChainEvent.objects.filter(
            Q(chain=chain, block_height__gte=first, block_height__lte=last, orphaned_at=None)
        ).count()
        count = max(0, last - first + 1)
        return Plan(
            sentence=f"{count:,} blocks of {chain.name} are read again, by the word of {config.providers_needed} of its "
            f"{len(config.rpc_urls)} providers. Events that are missing are stored, and the swaps they belong to looked at.",
            steps=(Step(f"Blocks {first:,} to {last:,}", is_free=True),),
            effects=(
                f"{known:,} events of these blocks are known; none of them is stored twice.",
                "The watcher goes on meanwhile: its cursor is not touched.",
            ),
            why_not=_why_not(chain, first, last),
        )

    def run(self, order: Order) -> str:
        return "A worker begins to read."

    def work(self, order: Order, tell: Tell) -> str:
        first, last = int(order.parameters["first"]), int(order.parameters["last"])
        found, total = 0, last - first + 1
        try:
            for upto, missed in watcher_for(order.subject).read_again(first, last):
                found += missed
                tell(upto - first + 1, total, f"Up to block {upto:,}: {found} missing events found.")
        except (ChainError, ChainMisconfigured) as error:
            raise ActionRefused(
                f"The providers stopped answering: {error}. {found} missing events were found until then and are stored; "
                "ask for the rest anew."
            ) from error
        return f"All {total:,} blocks are read again: {found} events had been missed and are stored."


def _why_not(chain: Chain, first: int, last: int) -> str:
    most = MOST_BLOCKS[Chain.Family(chain.family)]
    if chain.final_height is None:
        return f"{chain.name} was never watched: there is nothing to read again"
    if first > last:
        return f"the first block, {first:,}, is after the last one, {last:,}"
    if last > chain.final_height:
        return (
            f"block {last:,} is not final; the newest final one is {chain.final_height:,}, and the watcher itself reads the "
            "newer ones again"
        )
    if last - first >= most:
        return f"these are {last - first + 1:,} blocks; at most {most:,} are read at once on {chain.name}"
    return ""
