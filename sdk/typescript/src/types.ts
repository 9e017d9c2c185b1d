/** Names for what the service answers with; the shapes themselves are generated in `schema.ts`. */
import type { components } from "./schema.js";

type Schemas = components["schemas"];

export type SwapRequest = Omit<Schemas["CreateSession"], "hashlock">;
export type Session = Schemas["SessionDocument"];
export type SessionNow = Schemas["SessionAnswer"];
export type ExecutedSession = Schemas["ExecuteAnswer"];
export type CancelledSession = Schemas["CancelAnswer"];
export type SessionPage = Schemas["SessionPage"];
export type SessionUpdate = Schemas["SessionUpdate"];
export type Status = Schemas["Status"];
export type Leg = Schemas["LegDocument"];
export type Immutables = Schemas["Immutables"];
export type Call = Schemas["EvmCall"] | Schemas["NearCall"];
export type EvmCall = Schemas["EvmCall"];
export type NearCall = Schemas["NearCall"];
export type Order = Schemas["Order"];
export type OrderOffer = Schemas["OrderOffer"];
export type SignedOrder = Schemas["SignedOrder"];
export type Receipt = Schemas["Receipt"];
export type Rescue = Schemas["Rescue"];
export type QuoteRequest = Schemas["QuoteRequest"];
export type Quote = Schemas["QuoteDocument"];
export type Problem = Schemas["Problem"] & { incident?: string };
export type FieldError = Schemas["FieldError"];
export type HashFunction = "sha256" | "keccak256";
export type SourceLock = "self" | "order";

/** One event of a session, with what is mostly wanted of it at hand. */
export interface SwapUpdate extends SessionUpdate {
  /** 0, 10, 30, 50, 70, 90, 100 */
  progress: number;
  phase: string;
  /** what happened; see `SessionUpdate` */
  cause: string;
}

/** A swap as its maker asked for it: what everything is checked against, and no answer of the service's. */
export interface Agreed {
  request: SwapRequest;
  /** 0x and 64 digits */
  hashlock: string;
  hashFunction: HashFunction;
}

export const TERMINAL: ReadonlySet<string> = new Set(["completed", "cancelled", "refunded", "failed"]);

/** The least that may be locked for the taker: what was asked for, less the slippage, rounded up. Base units. */
export function minimumDestinationAmount(request: SwapRequest): bigint {
  const kept = BigInt(10_000 - (request.slippageTolerance ?? 0));
  return (BigInt(request.destinationAmount) * kept + 9_999n) / 10_000n;
}
