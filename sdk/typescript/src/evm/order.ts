/**
 * The limit order that a maker may sign instead of locking by himself (1inch Limit Order Protocol v4, Fusion+ extension).
 *
 * A signature gives whoever holds it the maker's tokens on the order's terms, so all of them are read first: the extension,
 * which the salt commits to, must put the tokens into an escrow of the client's own factory, under his own hashlock.
 */
import { AbiCoder, concat, dataLength, dataSlice, keccak256, toUtf8Bytes, TypedDataEncoder } from "ethers";
import { type Chain, type EvmChain, MAX_LOCK_SECONDS } from "../chains.js";
import { Differences } from "../differences.js";
import { ConfigurationError, VerificationFailed } from "../errors.js";
import { text } from "../near/terms.js";
import { type Agreed, minimumDestinationAmount, type OrderOffer, type SignedOrder } from "../types.js";
import { checkBinding } from "./calls.js";

const TYPES = {
  Order: [
    { name: "salt", type: "uint256" },
    { name: "maker", type: "address" },
    { name: "receiver", type: "address" },
    { name: "makerAsset", type: "address" },
    { name: "takerAsset", type: "address" },
    { name: "makingAmount", type: "uint256" },
    { name: "takingAmount", type: "uint256" },
    { name: "makerTraits", type: "uint256" },
  ],
};
const NO_PARTIAL_FILLS = 1n << 255n;
const POST_INTERACTION = 1n << 251n;
const HAS_EXTENSION = 1n << 249n;
const FLAGS = 0x1ffn << 247n;
const NEAR_CHAIN_IDS: Record<string, bigint> = { mainnet: 397n };
const OTHER_NEAR = 398n;
const POST_FIELD = 7;
const FACTORY = 20;
const TERMS = 160;

/** What signs typed data: an ethers `Signer` does. */
export interface TypedDataSigner {
  signTypedData(domain: Record<string, unknown>, types: typeof TYPES, value: Record<string, unknown>): Promise<string>;
}

/** Check the order that a session offers, and sign it. Throws `VerificationFailed` with everything that is not as asked for. */
export async function signOrder(
  offer: OrderOffer,
  agreed: Agreed,
  source: EvmChain,
  destination: Chain,
  signer: TypedDataSigner,
): Promise<SignedOrder> {
  const told = new Differences("order");
  const domain = checkOrder(told, offer, agreed, source, destination);
  if (told.found.length) throw new VerificationFailed(told.found);
  const signature = await signer.signTypedData(domain, TYPES, { ...offer.order });
  return { order: offer.order, signature, extension: offer.extension };
}

/** Notes every difference, and gives the domain to sign under. */
export function checkOrder(told: Differences, offer: OrderOffer, agreed: Agreed, source: EvmChain, destination: Chain): Record<string, unknown> {
  if (!source.limitOrderProtocol) throw new ConfigurationError("limitOrderProtocol of the source chain is needed to sign an order");
  const { request } = agreed;
  const { order } = offer;
  const domain = domainOf(told, offer, source);
  told.same("maker", order.maker, request.maker);
  told.same("makerAsset", order.makerAsset, request.sourceToken);
  told.same("makingAmount", order.makingAmount, request.sourceAmount);
  const least = minimumDestinationAmount(request);
  told.holds(BigInt(order.takingAmount) >= least, "takingAmount", order.takingAmount, `at least ${least}`);
  checkTraits(told, source, BigInt(order.makerTraits));
  told.same("approve.token", offer.approve.token, request.sourceToken);
  told.same("approve.spender", offer.approve.spender, source.limitOrderProtocol);
  told.same("approve.amount", offer.approve.amount, request.sourceAmount);
  const bits = BigInt(keccak256(offer.extension)) & ((1n << 160n) - 1n);
  told.same("what the salt commits to", BigInt(order.salt) & ((1n << 160n) - 1n), bits);
  if (!told.found.length) checkExtension(told, offer.extension, agreed, source, destination);
  return domain;
}

function domainOf(told: Differences, offer: OrderOffer, source: EvmChain): Record<string, unknown> {
  const { name, version } = offer.typedData.domain as unknown as { name: string; version: string };
  const domain = { name, version, chainId: source.chainId, verifyingContract: source.limitOrderProtocol ?? null };
  told.same("order hash", offer.orderHash, TypedDataEncoder.hash(domain, TYPES, { ...offer.order }));
  return domain;
}

function checkTraits(told: Differences, source: EvmChain, traits: bigint): void {
  told.same("makerTraits' flags", hex(traits & FLAGS), hex(NO_PARTIAL_FILLS | POST_INTERACTION | HAS_EXTENSION));
  const expires = (traits >> 80n) & ((1n << 40n) - 1n);
  const latest = BigInt(Math.floor(Date.now() / 1000) + (source.maxLockSeconds ?? MAX_LOCK_SECONDS));
  told.holds(expires > 0n && expires <= latest, "expiration", expires, `from now until ${latest}`);
}

/** Nothing but a post-interaction, which makes the escrow, and for NEAR the receiver and his token. */
function checkExtension(told: Differences, extension: string, agreed: Agreed, source: EvmChain, destination: Chain): void {
  const offsets = BigInt(dataSlice(extension, 0, 32));
  const ends = Array.from({ length: 8 }, (_, place) => Number((offsets >> (32n * BigInt(place))) & 0xffffffffn));
  const end = ends[POST_FIELD] ?? 0;
  told.holds(ends.slice(0, POST_FIELD).every((each) => each === 0), "the extension", "more than a post-interaction", "nothing else");
  told.holds(end >= FACTORY + TERMS && end <= dataLength(extension) - 32, "the post-interaction", `${end} bytes`, `at least ${FACTORY + TERMS}`);
  if (told.found.length) return;
  const post = dataSlice(extension, 32, 32 + end);
  told.same("escrow factory", dataSlice(post, 0, FACTORY), source.escrowFactory);
  const words = AbiCoder.defaultAbiCoder().decode(["bytes32", "uint256", "uint256", "uint256", "uint256"], dataSlice(post, end - TERMS));
  const [hashlock, chainId, token, deposits, timelocks] = words as unknown as [string, bigint, bigint, bigint, bigint];
  told.same("hashlock", hashlock, agreed.hashlock);
  checkBinding(told, source, { safetyDeposit: deposits >> 128n, timelocks });
  checkDestination(told, agreed, destination, { chainId, token, custom: dataSlice(extension, 32 + end) });
}

function checkDestination(told: Differences, { request }: Agreed, chain: Chain, found: { chainId: bigint; token: bigint; custom: string }): void {
  const { destinationToken: token, taker } = request;
  if (chain.family === "evm") {
    told.same("destination chain", found.chainId, chain.chainId);
    told.same("destination token", hex(found.token), hex(BigInt(token)));
    return;
  }
  told.same("destination chain", found.chainId, NEAR_CHAIN_IDS[chain.networkId] ?? OTHER_NEAR);
  told.same("destination token", hex(found.token), hex(BigInt(dataSlice(keccak256(toUtf8Bytes(token)), 12))));
  told.same("receiver and token", found.custom, concat([text(taker), text(token)]));
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
