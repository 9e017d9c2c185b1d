"""A swap from NEAR to BASE by one's own transaction, asynchronously and with py-near: each event is a line of JSON."""

import asyncio
import json
import sys

from onebalancer import AsyncClient, EvmChain, NearChain
from py_near.account import Account

GIVEN = json.loads(sys.argv[1])


def told(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def main() -> None:
    base, near = GIVEN["chains"]["base"], GIVEN["chains"]["near"]
    chains = {
        "base": EvmChain(base["chainId"], base["rpc"], base["escrowFactory"]),
        "near": NearChain(near["networkId"], near["rpc"], near["htlc"]),
    }
    alice = Account(GIVEN["account"], GIVEN["key"], rpc_addr=near["rpc"])
    await alice.startup()
    async with AsyncClient(GIVEN["baseUrl"], GIVEN["apiKey"], chains=chains) as client:
        session_id = (await client.create_swap(GIVEN["request"]))["sessionId"]
        beside: list[int] = []
        subscription = client.on_session_update(session_id, lambda update: beside.append(update.seq))
        await client.lock_by_self(session_id, {"near": alice})
        session = await client.resume(
            session_id, on_update=lambda update: told(session=session_id, seq=update.seq, status=update.status)
        )
        await subscription.wait()
        record = client.store.get(session_id)
        assert record is not None and record.receipt is not None
        told(session=session_id, ended=session["status"], beside=beside, receipt=record.receipt["type"])
    await alice.shutdown()


asyncio.run(main())
