"""The orchestrator's API, and swaps whose secret never leaves before both locks were seen on their chains."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Literal, Self

from onebalancer._async.follow import follow
from onebalancer._async.http import AsyncHttp
from onebalancer._async.io import Background, Stop, beside
from onebalancer._async.verify import route_hash, verify
from onebalancer._async.wallets import AsyncWallets, approve, check_calls, evm_wallet, send_calls
from onebalancer.chains import Chains, EvmChain, chain_of
from onebalancer.differences import Differences
from onebalancer.errors import ConfigurationError, Conflict, SwapEnded, TimedOut, VerificationFailed
from onebalancer.evm_order import sign_order
from onebalancer.following import Following
from onebalancer.models import (
    CancelAnswer,
    CreateSession,
    ExecuteAnswer,
    ExecuteSession,
    QuoteDocument,
    QuoteRequest,
    Receipt,
    Rescue,
    SessionAnswer,
    SessionDocument,
    SessionPage,
)
from onebalancer.secrets import HashFunction, MemoryStore, SwapRecord, SwapStore, hashlock_of, new_secret
from onebalancer.tokens import require_contracts
from onebalancer.updates import TERMINAL, SwapUpdate

OnUpdate = Callable[[SwapUpdate], None]


class AsyncClient:
    """An asynchronous client.

    `api_key`: an API key or a JWT. `chains`: your own nodes and the contracts that you trust, by the chain's name; needed
    before a secret can leave. `store`: where secrets are kept; in memory where none is given. `hash_function`: of routes
    whose chains are not configured; those that are say it themselves. `patience`: seconds that a chain may take to show
    what the service has seen already. `timeout`: seconds for one request, which is tried `attempts` times at most.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        chains: Chains | None = None,
        store: SwapStore | None = None,
        hash_function: HashFunction = "sha256",
        patience: float = 60.0,
        timeout: float = 30.0,
        attempts: int = 6,
        following: Following | None = None,
    ) -> None:
        self.http = AsyncHttp(base_url, api_key, timeout=timeout, attempts=attempts)
        self.chains: Chains = chains or {}
        self.store: SwapStore = store or MemoryStore()
        self.following = following or Following()
        self._hash_function = hash_function
        self._patience = patience

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    # The API. Everything raises `ApiError` and `ConnectionFailed`

    async def quote(self, request: QuoteRequest) -> QuoteDocument:
        """What a swap would give now."""
        answer: QuoteDocument = await self.http.post("/quote", request)
        return answer

    async def get_session(self, session_id: str) -> SessionAnswer:
        """The whole state of a session."""
        answer: SessionAnswer = await self.http.get(f"/sessions/{session_id}")
        return answer

    async def list_sessions(self, **query: str | int) -> SessionPage:
        """Newest first; `query` as `GET /sessions` takes it: `status`, `limit`, `cursor`, …"""
        answer: SessionPage = await self.http.get("/sessions", query)
        return answer

    async def cancel(self, session_id: str) -> CancelAnswer:
        """Call a swap off."""
        answer: CancelAnswer = await self.http.post(f"/sessions/{session_id}/cancel")
        return answer

    async def execute(self, session_id: str, body: ExecuteSession) -> ExecuteAnswer:
        """Start a swap."""
        answer: ExecuteAnswer = await self.http.post(f"/sessions/{session_id}/execute", body)
        return answer

    async def get_receipt(self, session_id: str) -> Receipt:
        """What `sdk/rescue` needs to refund without the service."""
        answer: Receipt = await self.http.get(f"/sessions/{session_id}/receipt")
        return answer

    async def get_rescue(self, session_id: str) -> Rescue:
        """Claim and refund on each leg, with calls that any funded account can send."""
        answer: Rescue = await self.http.get(f"/sessions/{session_id}/rescue")
        return answer

    # One swap, step by step

    async def create_swap(self, request: CreateSession, *, idempotency_key: str | None = None) -> SessionDocument:
        """Make a session with a secret of our own, and keep secret and receipt in the store. Only its hash is sent."""
        secret, hash_function = new_secret(), await self._hash_of(request)
        hashlock = hashlock_of(secret, hash_function)
        body = {**request, "hashlock": hashlock}
        session: SessionDocument = await self.http.post("/sessions", body, idempotency_key=idempotency_key)
        if (session["hashFunction"], session["hashlock"]) != (hash_function, hashlock):
            theirs = f"{session['sessionId']} has a hashlock by {session['hashFunction']}"
            raise ConfigurationError(f"{theirs}, and ours is by {hash_function}")
        record = SwapRecord(session["sessionId"], request, hashlock, hash_function, secret)
        self.store.put(record)
        receipt, told = await self.get_receipt(record.session_id), Differences("receipt")
        told.same("session", receipt.get("sessionId"), record.session_id)
        told.same("hashlock", receipt.get("hashlock"), hashlock)
        if told.found:
            raise VerificationFailed(told.found)
        self.store.put(record.with_receipt(receipt))
        return session

    async def lock_by_self(self, session_id: str, wallets: AsyncWallets) -> None:
        """Start the swap, check the calls that it answers with, and send them from the maker's wallet."""
        record = self._record(session_id)
        executed = await self.execute(session_id, {"sourceLock": "self"})
        terms = check_calls(self.chains, record, executed["calls"])
        self.store.put(record.with_source_terms(terms))
        await send_calls(wallets, executed["calls"])

    async def lock_by_order(self, session_id: str, wallets: AsyncWallets) -> None:
        """Check and sign the limit order that the session offers, allow the protocol the tokens, and start the swap."""
        record, session = self._record(session_id), await self.get_session(session_id)
        name, offer = record.request["sourceChain"], session["next"].get("limitOrder")
        source, destination = chain_of(self.chains, name), chain_of(self.chains, record.request["destinationChain"])
        if offer is None or not isinstance(source, EvmChain):
            raise ConfigurationError(f"{session_id} offers no limit order to sign")
        signed = sign_order(offer, record, source, destination, evm_wallet(wallets, name).sign_typed_data)
        await approve(wallets, name, offer)
        await self.execute(session_id, {"limitOrder": signed})

    async def verify_locks(self, session_id: str) -> None:
        """Raises `VerificationFailed` unless both locks are final on their chains, and what was asked for."""
        record = self._record(session_id)

        async def read() -> SessionAnswer:
            return await self.get_session(session_id)

        await verify(self.chains, record, read, self._patience)

    async def hand_over(self, session_id: str) -> None:
        """Verify both locks, and only then send the secret."""
        record = self._record(session_id)
        await self.verify_locks(session_id)
        await self.http.post(f"/sessions/{session_id}/secret", {"secret": record.secret})

    # Following

    def updates(self, session_id: str, since: int = 0, stop: Stop | None = None) -> AsyncGenerator[SwapUpdate]:
        """Every event after `since`, each once and in order, until the session has ended."""
        return follow(self.http, session_id, since, self.following, stop or Stop())

    def on_session_update(self, session_id: str, callback: OnUpdate, since: int = 0) -> Background:
        """Call back for every event, beside. `close()` ends it; `wait()` returns at the end, and raises what went wrong."""
        stop = Stop()

        async def work() -> None:
            async with aclosing(self.updates(session_id, since, stop)) as updates:
                async for update in updates:
                    callback(update)

        return beside(work, stop)

    async def wait_for(self, session_id: str, status: str, seconds: float = 3600.0) -> SessionAnswer:
        """The session once it has that status. Raises `SwapEnded` when it ended otherwise, `TimedOut` when it takes too
        long."""
        stop = Stop(seconds)
        async with aclosing(self.updates(session_id, stop=stop)) as updates:
            async for update in updates:
                if update.status == status:
                    return await self.get_session(session_id)
        if stop.is_set():
            raise TimedOut(f"{session_id} is not {status} after {seconds:.0f} s")
        return await self._ended(session_id, status)

    # The whole swap in one call

    async def swap(
        self,
        request: CreateSession,
        wallets: AsyncWallets,
        *,
        source_lock: Literal["self", "order"] = "self",
        on_update: OnUpdate | None = None,
    ) -> SessionAnswer:
        """Make, lock, follow, verify, hand over: until it is completed.

        `source_lock`: your own transaction, or a limit order that you sign and the service fills. Raises `SwapEnded` when
        it was refunded, cancelled or failed, and `VerificationFailed` with the secret still here.
        """
        require_contracts(self.chains, request)
        session_id = (await self.create_swap(request))["sessionId"]
        if source_lock == "order":
            await self.lock_by_order(session_id, wallets)
        else:
            await self.lock_by_self(session_id, wallets)
        return await self.resume(session_id, on_update=on_update)

    async def resume(self, session_id: str, *, on_update: OnUpdate | None = None) -> SessionAnswer:
        """Go on with a swap whose source is locked, or about to be, and whose record is in the store: also after a restart."""
        handed_over = False
        async with aclosing(self.updates(session_id)) as updates:
            async for update in updates:
                if on_update is not None:
                    on_update(update)
                if update.status == "both_locked" and not handed_over:
                    await self._hand_over_once(session_id)
                    handed_over = True
        return await self._ended(session_id, "completed")

    async def _hand_over_once(self, session_id: str) -> None:
        session = await self.get_session(session_id)
        if session["status"] != "both_locked" or session["secretState"] != "none":
            return  # an event of the past: it was handed over then
        try:
            await self.hand_over(session_id)
        except (Conflict, VerificationFailed):
            if (await self.get_session(session_id))["status"] == "both_locked":
                raise
            # it went on to its end while we looked: that is what its events tell

    async def _ended(self, session_id: str, wanted: str) -> SessionAnswer:
        session = await self.get_session(session_id)
        if session["status"] == wanted:
            return session
        if session["status"] not in TERMINAL:
            raise TimedOut(f"{session_id} is {session['status']}, and nothing more was told of it")
        record = self.store.get(session_id)
        raise SwapEnded(session, record.receipt if record else None)

    def _record(self, session_id: str) -> SwapRecord:
        record = self.store.get(session_id)
        if record is None:
            raise ConfigurationError(f"{session_id} is not in this client's store: its secret is somewhere else")
        return record

    async def _hash_of(self, request: CreateSession) -> HashFunction:
        names = (request["sourceChain"].lower(), request["destinationChain"].lower())
        if all(name in self.chains for name in names):
            return await route_hash(self.chains, request)
        return self._hash_function
