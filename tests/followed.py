"""A process that writes what followers follow: `python -m tests.followed FOLDER SESSIONS`.

It makes so many sessions and names them in FOLDER/sessions; once FOLDER/go is there it updates one after the other, round after
round until FOLDER/stop is there, each in a transaction of its own as the engine does, and cancels them all. Then it writes the number of
rounds to FOLDER/done. The chains are rows without nodes: what is written is told, whether or not anything moves.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

CONTRACT = "0x" + "fa" * 20
ENVIRONMENT = {
    "BASE_RPC_URL": "http://127.0.0.1:1",
    "ESCROW_FACTORY_ADDRESS": CONTRACT,
    "FUSION_PLUS_RESOLVER_ADDRESS": "0x" + "ce" * 20,
    "NEAR_RPC_URL": "http://127.0.0.1:1",
    "NEAR_HTLC_CONTRACT": "htlc.near",
    "NEAR_ORCHESTRATOR_ACCOUNT_ID": "us.near",
    "API_KEY_SECRET": "followers-key",
    "MAX_ACTIVE_SESSIONS": "100000",
    "MAX_ACTIVE_SESSIONS_PER_KEY": "100000",
    "LOG_LEVEL": "warning",
}
BODY = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "destinationToken": "usdt.near",
    "sourceAmount": "1000000000",
    "destinationAmount": "990000000",
    "maker": "0x742d35Cc6634C0532925a3b844Bc9e7595f2bD4e",
    "taker": "alice.near",
    "slippageTolerance": 100,
}
PRINCIPAL = "bootstrap"
PAUSE_SECONDS = 0.005


def make_chains() -> None:
    """BASE and NEAR as rows, watched up to some block."""
    from chains.models import Chain

    for name, family, contract in (("base", "evm", CONTRACT), ("near", "near", "htlc.near")):
        Chain.objects.create(
            name=name,
            family=family,
            network_id="1",
            hash_function="sha256",
            contract=contract,
            escrow_src_implementation="0x" + "11" * 20,
            escrow_dst_implementation="0x" + "22" * 20,
            seen_height=100,
            seen_hash="h100",
            final_height=100,
            final_hash="h100",
        )


def make_sessions(count: int) -> list[str]:
    """So many sessions of the bootstrap key's, each with its first update; their ids."""
    from swaps.services.sessions import session_create
    from swaps.validation import session_request

    offset = int.from_bytes(os.urandom(16)) << 64
    bodies: list[dict[str, Any]] = [{**BODY, "hashlock": f"0x{offset + number:064x}"} for number in range(count)]
    return [session_create(request=session_request(body), principal=PRINCIPAL).pk for body in bodies]


def write_updates(sessions: list[str], stop: Path) -> int:
    """Update each session in each round until `stop` is there, and cancel all; how many rounds there were."""
    from django.db import transaction

    from swaps.locks import lock_session
    from swaps.services.transitions import session_move, session_note
    from swaps.statuses import Status

    rounds = 0
    while not stop.exists():
        for session_id in sessions:
            with transaction.atomic():
                session_note(lock_session(session_id), cause=f"round_{rounds}")
            time.sleep(PAUSE_SECONDS)
        rounds += 1
    for session_id in sessions:
        with transaction.atomic():
            session_move(lock_session(session_id), Status.CANCELLED, cause="cancelled")
    return rounds


def main(folder: Path, count: int) -> None:
    """The process."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balancer.settings")
    django.setup()
    make_chains()
    sessions = make_sessions(count)
    (folder / "sessions.new").write_text("\n".join(sessions))
    (folder / "sessions.new").rename(folder / "sessions")
    while not (folder / "go").exists():
        time.sleep(0.05)
    rounds = write_updates(sessions, folder / "stop")
    (folder / "done.new").write_text(str(rounds))
    (folder / "done.new").rename(folder / "done")
    signal.pause()  # who looks after us takes an end for a fault


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
