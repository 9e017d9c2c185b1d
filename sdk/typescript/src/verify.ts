/** Whether the secret may leave: both locks, as the client's own nodes show them, are what its maker asked for. */
import { chainOf, type Chains, endpoints } from "./chains.js";
import { ConfigurationError, type Difference, VerificationFailed } from "./errors.js";
import { EvmNode } from "./evm/node.js";
import { evmDifferences, hashFunctionOf as evmHash } from "./evm/verify.js";
import { NearNode } from "./near/node.js";
import { hashFunctionOf as nearHash, nearDifferences } from "./near/verify.js";
import { pause } from "./pause.js";
import type { SwapRecord } from "./secrets.js";
import type { HashFunction, Session, SwapRequest } from "./types.js";

const BETWEEN_LOOKS_MS = 1_000;

/** Everything at both locks that is not as agreed, once. */
export async function differences(chains: Chains, record: SwapRecord, session: Session, signal?: AbortSignal): Promise<Difference[]> {
  const sides = ["destination", "source"] as const;
  const seen = sides.map((side) => {
    const chain = chainOf(chains, side === "source" ? record.request.sourceChain : record.request.destinationChain);
    const leg = session.legs[side];
    return chain.family === "evm" ? evmDifferences(side, chain, record, leg, signal) : nearDifferences(side, chain, record, leg, signal);
  });
  return (await Promise.all(seen)).flat();
}

/**
 * Returns when both locks are final and as agreed. What the chains may still mend (a block that is not final, a node that
 * lags behind the service's) is waited for; all else is refused at once. Throws `VerificationFailed`.
 */
export async function verify(
  chains: Chains,
  record: SwapRecord,
  read: () => Promise<Session>,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<void> {
  for (const end = Date.now() + patienceMs; ; ) {
    const found = await differences(chains, record, await read(), signal);
    if (!found.length) return;
    if (found.some((item) => !item.mayChange) || Date.now() >= end) throw new VerificationFailed(found);
    await pause(BETWEEN_LOOKS_MS, signal);
  }
}

/** The hash by which both of a route's contracts go, as they say themselves. Throws `ConfigurationError` where they differ. */
export async function routeHash(chains: Chains, request: SwapRequest, signal?: AbortSignal): Promise<HashFunction> {
  const [source, destination] = await Promise.all(
    [request.sourceChain, request.destinationChain].map((name) => contractHash(chains, name, signal)),
  );
  if (!source || source !== destination) {
    throw new ConfigurationError(`the contracts of ${request.sourceChain} hash by ${source}, those of ${request.destinationChain} by ${destination}`);
  }
  return source;
}

async function contractHash(chains: Chains, name: string, signal?: AbortSignal): Promise<HashFunction | undefined> {
  const chain = chainOf(chains, name);
  const [url] = endpoints(chain);
  if (chain.family === "near") return nearHash(new NearNode(url, signal), chain.htlc);
  return evmHash(new EvmNode(url, signal), chain.escrowFactory);
}
