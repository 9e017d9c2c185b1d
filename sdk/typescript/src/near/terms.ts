/** The id of a lock in the NEAR HTLC, which follows from its terms. */
import { concat, getBytes, hexlify, sha256, toUtf8Bytes } from "ethers";

export interface LockTerms {
  sender: string;
  receiver: string;
  /** null for NEAR itself */
  token: string | null;
  amount: string;
  /** 64 hexadecimal digits, like `salt` */
  hashlock: string;
  /** unix seconds: claims end and refunds begin */
  timelock: number | string;
  salt: string;
}

/** A lock as the HTLC's `get_lock` tells it. */
export interface Lock extends LockTerms {
  id: string;
  state: "locked" | "claimed" | "refunded";
}

/** sha256 of the terms in borsh: 64 hexadecimal digits. */
export function lockId(terms: LockTerms): string {
  const token = terms.token === null ? ["0x00"] : ["0x01", text(terms.token)];
  const parts = [text(terms.sender), text(terms.receiver), ...token, little(BigInt(terms.amount), 16)];
  return sha256(concat([...parts, `0x${terms.hashlock}`, little(BigInt(terms.timelock), 8), `0x${terms.salt}`])).slice(2);
}

/** A string in borsh. */
export function text(value: string): string {
  const bytes = toUtf8Bytes(value);
  return concat([little(BigInt(bytes.length), 4), bytes]);
}

function little(value: bigint, size: number): string {
  return hexlify(getBytes(`0x${value.toString(16).padStart(2 * size, "0")}`).reverse());
}
