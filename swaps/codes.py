"""The codes of `swaps`' refusals: what happened, and what the caller should do. See `access/codes.py`."""

from typing import Any

from access.codes import Code
from swaps.statuses import Status

BASE_UNITS: dict[str, Any] = {"type": "string", "pattern": "^[0-9]+$", "description": "base units"}
CURRENT: dict[str, Any] = {"currentStatus": {"enum": list(Status)}}
INEQUALITY: dict[str, Any] = {
    "type": "object",
    "description": "`left` must not be more than `right`, in seconds",
    "properties": {"name": {"type": "string"}, "left": {"type": "integer"}, "right": {"type": "integer"}},
    "required": ["name", "left", "right"],
}

# fmt: off
PROBLEMS = (
    Code("session_not_found", 404, "No such session",
         "There is no session with this id, or it belongs to another key.", "Check the id and the key."),
    Code("route_unavailable", 400, "No such route",
         "The two chains or tokens cannot be swapped here, or one of the chains is not watched yet.",
         "Choose a pair of `GET /quote/pairs`."),
    Code("token_not_swapped", 400, "Token not swapped here",
         "The token exists on its chain (`errors[]` tells its symbol and decimals), and this service does not swap it.",
         "Choose a token of `GET /quote/pairs`."),
    Code("slippage_exceeded", 409, "Slippage exceeded",
         "At today's prices the source amount is worth less than `destinationAmount` less `slippageTolerance`; "
         "`availableDestinationAmount` is what it is worth.",
         "Ask for a new quote, or for less.",
         {"availableDestinationAmount": BASE_UNITS, "minimumDestinationAmount": BASE_UNITS}),
    Code("invalid_session_state", 409, "Not in this status",
         "The session's status does not allow this; `currentStatus` names it.", "Read the session, and follow its `next`.",
         CURRENT),
    Code("too_many_active_sessions", 429, "Too many active sessions",
         "This key, or the service as a whole, has as many unfinished sessions as it may; `scope` says which.",
         "Finish or cancel a session, or try again later.",
         {"scope": {"enum": ["key", "service"]}, "limit": {"type": "integer"}}),
    Code("insufficient_liquidity", 409, "Not enough liquidity",
         "We hold less of the destination token than the swap needs; `available` is what is free.",
         "Ask for less, or try again later. Nothing is locked.",
         {"available": BASE_UNITS, "token": {"type": "string"}, "chain": {"type": "string"}}),
    Code("auction_not_found", 404, "No such auction", "There is no such order or quote, or it is somebody else's.",
         "Check the order's hash or the quote's id."),
    Code("swap_unprofitable", 409, "The swap would lose money",
         "At the prices of this moment `sourceAmount` is worth `marketValue`, of which the network takes `networkFees` on both "
         "chains; `availableDestinationAmount` is the most that could be paid for it (all in the destination token).",
         "Make a new session with a new quote. Nothing is locked.",
         {"marketValue": BASE_UNITS, "networkFees": BASE_UNITS, "destinationAmount": BASE_UNITS,
          "availableDestinationAmount": BASE_UNITS}),
    Code("profit_unknown", 503, "Costs are not known now",
         "There is no price, or no price of gas, to reckon with: `detail` says which, `reason` and `token` why.",
         "Send the same request again after `Retry-After` seconds. Nothing is locked.",
         {"reason": {"type": "string", "description": "a code of the prices' refusals: price_stale, price_spread, price_missing"},
          "token": {"type": "string", "description": "the symbol of the token without a price"}}),
    Code("receiver_not_registered", 409, "Receiver cannot be paid",
         "The taker's NEAR account does not exist, or is not registered with the token (NEP-145).",
         "Send the `call` that the answer holds, then execute again. Nothing is locked.",
         {"call": {"$ref": "#/components/schemas/NearCall"}}),
    Code("chain_unreachable", 503, "Chain does not answer",
         "No node of the chain answered. Nothing was started.", "Send the same request again after `Retry-After` seconds."),
    Code("secret_malformed", 400, "No secret", "It is not 32 bytes in hexadecimal.",
         "Send 64 hexadecimal digits, with or without 0x."),
    Code("secret_mismatch", 400, "Wrong secret", "Its hash is not the session's hashlock.",
         "Check the hash function and the secret. It was not kept."),
    Code("secret_too_early", 409, "Too early for the secret",
         "Both locks must be final first; `currentStatus` and `sourceLock` tell how far they are.",
         "Wait for `both_locked`, check both locks on chain, then send it. It was not kept.",
         {**CURRENT, "sourceLock": {"enum": ["absent", "seen", "final"]}}),
    Code("secret_refused", 409, "Secret refused", "The secret is of no use now.", "Read the session, and follow its `next`."),
    Code("secret_not_found", 409, "No secret", "There is no secret to open for this session.", "Nothing: this is internal."),
    Code("refund_not_possible", 409, "Nothing to refund", "No leg of this swap can be refunded.", "See `detail`."),
    Code("refund_not_yet", 409, "Too early for a refund", "The timelock has not run out.", "Wait until `refundableAt`.",
         {"refundableAt": {"type": "string", "format": "date-time"}}),
    Code("refund_needs_reason", 409, "A reason is needed", "The refund came without a reason.", "Give one."),
    Code("swaps_paused", 503, "New swaps are paused",
         "An operator has paused new swaps on this route. Swaps that have begun go on.", "Try again later."),
    Code("ladder_infeasible", 409, "Chains too slow",
         "The chains are slower now than this session's timelocks allow for; `inequalities` tells which.",
         "Make a new session. Nothing is locked.", {"inequalities": {"type": "array", "items": INEQUALITY}}),
    Code("pause_refused", 400, "Pause refused", "The target is unknown, or the reason missing.", "See `detail`."),
    Code("books_refused", 409, "Books refused", "A correction of the books does not balance.", "See `detail`."),
)
# fmt: on
