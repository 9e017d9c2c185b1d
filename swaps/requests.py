"""A request for a session, checked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SwapRequest:
    """A checked request for a session; addresses in their chain's canonical form, amounts in base units.

    `expires_at` (unix seconds) is by when the source must be locked, where the maker's own order says so.
    """

    source_chain: str
    destination_chain: str
    source_token: str
    destination_token: str
    source_amount: int
    destination_amount: int
    maker: str
    taker: str
    slippage_bps: int = 0
    hashlock: str = ""
    quote_id: str = ""
    confirmation_level: str = "normal"
    expires_in: int | None = None
    warnings: tuple[dict[str, str], ...] = ()
    expires_at: int | None = None
