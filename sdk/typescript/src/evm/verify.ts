/** A leg on an EVM chain, read from the client's own nodes. Its address follows from its terms: if there is an escrow of the
 * factory's there, it has exactly these terms, and was made when they say. */
import { keccak256 } from "ethers";
import { endpoints, type EvmChain, MIN_SECONDS_LEFT } from "../chains.js";
import { Differences } from "../differences.js";
import type { Difference } from "../errors.js";
import type { SwapRecord } from "../secrets.js";
import { type HashFunction, type Leg, minimumDestinationAmount } from "../types.js";
import { begins, createdAt, escrowAddress, proxyCode, Stage, type Terms, termsOf, unstamped } from "./immutables.js";
import { type Block, EvmNode } from "./node.js";

const HASHES: readonly HashFunction[] = ["sha256", "keccak256"];
const MIN_PUBLIC_SECONDS = 20;

/** Which hash the factory's escrows open to; 1inch's own do not say, and take keccak256. */
export async function hashFunctionOf(node: EvmNode, factory: string): Promise<HashFunction | undefined> {
  const said = await node.view(factory, "HASH_FUNCTION()");
  return said === undefined ? "keccak256" : HASHES[Number(BigInt(said))];
}

/** Everything that differs from what was agreed; nothing does for a lock to which a secret may go. */
export async function evmDifferences(
  side: "source" | "destination",
  chain: EvmChain,
  record: SwapRecord,
  leg: Leg,
  signal?: AbortSignal,
): Promise<Difference[]> {
  const told = new Differences(side);
  const terms = claimed(leg, told);
  if (!terms) return told.found;
  if (side === "destination") destinationTerms(told, record, terms);
  else sourceTerms(told, record, terms);
  if (createdAt(terms) === 0n) told.add("the lock", "not made yet", "an escrow", true);
  if (told.found.length) return told.found;
  const seen = await Promise.all(endpoints(chain).map((url) => onChain(side, chain, record, terms, url, signal)));
  return seen.flat();
}

/** What the service says that the escrow is: only a hint, and all of it is checked. */
function claimed(leg: Leg, told: Differences): Terms | undefined {
  const value = (leg.terms as { immutables?: Record<string, unknown> }).immutables;
  try {
    return termsOf(value ?? {});
  } catch {
    told.add("terms", "unreadable", "the immutables of an escrow");
    return undefined;
  }
}

function destinationTerms(told: Differences, { request, hashlock }: SwapRecord, terms: Terms): void {
  const least = minimumDestinationAmount(request);
  told.same("hashlock", terms.hashlock, hashlock);
  told.same("payee", terms.maker, request.taker);
  told.same("token", terms.token, request.destinationToken);
  told.holds(terms.amount >= least, "amount", terms.amount, `at least ${least}`);
}

function sourceTerms(told: Differences, { request, hashlock, sourceTerms: sent }: SwapRecord, terms: Terms): void {
  told.same("hashlock", terms.hashlock, hashlock);
  told.same("refundee", terms.maker, request.maker);
  told.same("token", terms.token, request.sourceToken);
  told.same("amount", terms.amount, request.sourceAmount);
  const plain = unstamped(terms) as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(sent ?? {})) told.same(name, plain[name], value);
}

async function onChain(
  side: "source" | "destination",
  chain: EvmChain,
  record: SwapRecord,
  terms: Terms,
  url: string,
  signal?: AbortSignal,
): Promise<Difference[]> {
  const told = new Differences(`${side} on ${new URL(url).host}`);
  const node = new EvmNode(url, signal);
  const implementation = await family(told, chain, record, node, side);
  if (!implementation) return told.found;
  const [final, head] = await Promise.all([node.finalBlock(chain.finality ?? "finalized"), node.block("latest")]);
  const address = escrowAddress(chain.escrowFactory, implementation, terms);
  await holdsTheAmount(told, node, address, implementation, terms, final);
  if (side === "destination" && !told.found.length) {
    inTime(told, chain, terms, head);
    told.holds(await node.wouldPay(terms.token, address, terms.maker, terms.amount), "the token", "unwilling to pay", `able to pay ${terms.maker}`);
  }
  return told.found;
}

/** The node is of the right chain, and the factory is the client's own. Gives the implementation that its escrows run. */
async function family(told: Differences, chain: EvmChain, record: SwapRecord, node: EvmNode, side: string): Promise<string | undefined> {
  told.same("chain id", await node.chainId(), chain.chainId);
  const code = await node.code(chain.escrowFactory, "latest");
  told.holds(code !== "0x", "the escrow factory", "without code", chain.escrowFactory);
  if (chain.factoryCodeHash) told.same("the escrow factory's code", keccak256(code), chain.factoryCodeHash);
  if (told.found.length) return undefined;
  told.same("hash function", await hashFunctionOf(node, chain.escrowFactory), record.hashFunction);
  const name = side === "source" ? "ESCROW_SRC_IMPLEMENTATION()" : "ESCROW_DST_IMPLEMENTATION()";
  const implementation = await node.view(chain.escrowFactory, name);
  told.holds(implementation !== undefined, "the escrow factory", "without escrows", name);
  return told.found.length || !implementation ? undefined : `0x${implementation.slice(26, 66)}`;
}

async function holdsTheAmount(
  told: Differences,
  node: EvmNode,
  address: string,
  implementation: string,
  terms: Terms,
  final: Block,
): Promise<void> {
  const [now, then] = await Promise.all([node.code(address, "latest"), node.code(address, final.number)]);
  if (now === "0x") return told.add("the lock", `absent at ${address}`, "an escrow with the agreed terms", true);
  if (then === "0x") return told.add("the lock", "not final yet", `in a block up to ${final.number}`, true);
  told.same("the escrow's code", then, proxyCode(implementation));
  const deposit = BigInt(terms.token) === 0n ? terms.safetyDeposit : 0n;
  for (const at of [final.number, "latest"] as const) {
    const held = (await node.balance(terms.token, address, at)) - deposit;
    told.holds(held >= terms.amount, "the escrow's balance", held, `at least ${terms.amount}`);
  }
}

/** Its payee can claim now, and has the time to; anybody can, if the service does not. */
function inTime(told: Differences, chain: EvmChain, terms: Terms, head: Block): void {
  const opens = begins(terms, Stage.destinationWithdrawal);
  const ends = begins(terms, Stage.destinationCancellation);
  const wall = BigInt(Math.floor(Date.now() / 1000));
  const left = ends - (head.time > wall ? head.time : wall);
  const open = ends - begins(terms, Stage.destinationPublicWithdrawal);
  told.holds(head.time >= opens, "the claim", `closed until ${opens}`, `open at ${head.time}`, true);
  told.holds(left >= BigInt(chain.minSecondsLeft ?? MIN_SECONDS_LEFT), "time left", `${left} s`, `at least ${chain.minSecondsLeft ?? MIN_SECONDS_LEFT} s`);
  const wanted = chain.minPublicSeconds ?? MIN_PUBLIC_SECONDS;
  told.holds(open >= BigInt(wanted), "time in which anybody can claim", `${open} s`, `at least ${wanted} s`);
}
