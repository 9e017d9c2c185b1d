/** A leg on NEAR, read at the final block of the client's own nodes. */
import { endpoints, MIN_SECONDS_LEFT, type NearChain } from "../chains.js";
import { Differences } from "../differences.js";
import type { Difference } from "../errors.js";
import type { SwapRecord } from "../secrets.js";
import { type HashFunction, type Leg, minimumDestinationAmount } from "../types.js";
import { NearNode } from "./node.js";
import { type Lock, lockId } from "./terms.js";

interface HtlcConfig {
  hash_function: HashFunction;
  public_claim: boolean;
}

export async function hashFunctionOf(node: NearNode, htlc: string): Promise<HashFunction> {
  return (await node.view<HtlcConfig>(htlc, "get_config", {})).hash_function;
}

/** Everything that differs from what was agreed; nothing does for a lock to which a secret may go. */
export async function nearDifferences(
  side: "source" | "destination",
  chain: NearChain,
  record: SwapRecord,
  leg: Leg,
  signal?: AbortSignal,
): Promise<Difference[]> {
  const found = await Promise.all(endpoints(chain).map((url) => onChain(side, chain, record, leg, url, signal)));
  return found.flat();
}

async function onChain(
  side: "source" | "destination",
  chain: NearChain,
  record: SwapRecord,
  leg: Leg,
  url: string,
  signal?: AbortSignal,
): Promise<Difference[]> {
  const told = new Differences(`${side} on ${new URL(url).host}`);
  const node = new NearNode(url, signal);
  told.same("network", await node.networkId(), chain.networkId);
  if (chain.codeHash) told.same("the HTLC's code", await node.codeHash(chain.htlc), chain.codeHash);
  if (told.found.length) return told.found;
  const config = await node.view<HtlcConfig>(chain.htlc, "get_config", {});
  told.same("hash function", config.hash_function, record.hashFunction);
  told.holds(config.public_claim, "a claim by anybody", "not allowed", "allowed");
  const lock = leg.lockId === null ? null : await node.view<Lock | null>(chain.htlc, "get_lock", { id: leg.lockId });
  if (!lock) {
    told.add("the lock", `absent from ${chain.htlc} at the final block`, "a lock with the agreed terms", true);
    return told.found;
  }
  told.same("id of the lock", lockId(lock), leg.lockId);
  told.same("state", lock.state, "locked");
  told.same("hashlock", `0x${lock.hashlock}`, record.hashlock);
  if (side === "source") sourceTerms(told, record, lock);
  else await destinationTerms(told, chain, record, lock, node);
  return told.found;
}

function sourceTerms(told: Differences, { request, sourceTerms: sent }: SwapRecord, lock: Lock): void {
  told.same("refundee", lock.sender, request.maker);
  told.same("token", lock.token ?? "near", request.sourceToken);
  told.same("amount", lock.amount, request.sourceAmount);
  const plain = lock as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(sent ?? {})) told.same(name, plain[name], value);
}

async function destinationTerms(told: Differences, chain: NearChain, { request }: SwapRecord, lock: Lock, node: NearNode): Promise<void> {
  const least = minimumDestinationAmount(request);
  told.same("payee", lock.receiver, request.taker);
  told.same("token", lock.token ?? "near", request.destinationToken);
  told.holds(BigInt(lock.amount) >= least, "amount", lock.amount, `at least ${least}`);
  const head = await node.time("optimistic");
  const wall = BigInt(Math.floor(Date.now() / 1000));
  const left = BigInt(lock.timelock) - (head > wall ? head : wall);
  const wanted = chain.minSecondsLeft ?? MIN_SECONDS_LEFT;
  told.holds(left >= BigInt(wanted), "time left", `${left} s`, `at least ${wanted} s`);
  if (lock.token !== null) {
    const registered = await node.view<object | null>(lock.token, "storage_balance_of", { account_id: lock.receiver });
    told.holds(registered !== null, "the payee", `not registered with ${lock.token}`, "registered, so that it can be paid", true);
  }
}
