/** The maker's secret: made here, kept here. */
import { getBytes, hexlify, keccak256, sha256 } from "ethers";
import { ConfigurationError } from "./errors.js";
import type { Agreed, HashFunction, Receipt } from "./types.js";

/** A fresh secret: 0x and 64 digits, from the platform's cryptographic random numbers. */
export function newSecret(): string {
  return hexlify(crypto.getRandomValues(new Uint8Array(32)));
}

/** The hashlock of a secret: 0x and 64 digits. Throws `ConfigurationError`, which does not show it. */
export function hashlockOf(secret: string, hashFunction: HashFunction): string {
  if (!/^0x[0-9a-fA-F]{64}$/.test(secret)) throw new ConfigurationError("a secret is 32 bytes: 0x and 64 hexadecimal digits");
  return hashFunction === "sha256" ? sha256(getBytes(secret)) : keccak256(getBytes(secret));
}

/** One swap as its maker keeps it. Who has this record can claim the destination, and refund without the service. */
export interface SwapRecord extends Agreed {
  sessionId: string;
  secret: string;
  /** signed by the service: `sdk/rescue` refunds with it alone */
  receipt?: Receipt;
  /** the terms of our own source lock, as we checked them before we sent or signed it */
  sourceTerms?: Record<string, string>;
}

/** Where records are kept. A record whose process died is lost with `MemoryStore`: its lock is refunded at its expiry. */
export interface SwapStore {
  get(sessionId: string): Promise<SwapRecord | undefined>;
  put(record: SwapRecord): Promise<void>;
}

export class MemoryStore implements SwapStore {
  private readonly records = new Map<string, SwapRecord>();

  async get(sessionId: string): Promise<SwapRecord | undefined> {
    return this.records.get(sessionId);
  }

  async put(record: SwapRecord): Promise<void> {
    this.records.set(record.sessionId, record);
  }
}
