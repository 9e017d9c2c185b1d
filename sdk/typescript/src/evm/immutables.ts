/** The terms of an escrow, which its address commits to (1inch cross-chain-swap 1.0.0; EIP-1014, EIP-1167). */
import { AbiCoder, concat, getCreate2Address, id, keccak256 } from "ethers";

export const TERMS = "(bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint256)";
export const CREATE_SOURCE = id(`createSrcEscrow(${TERMS})`).slice(0, 10);
const WORDS = ["bytes32", "bytes32", "uint256", "uint256", "uint256", "uint256", "uint256", "uint256"];
const STAGE_BITS = 32n;
const CREATION = 7n * STAGE_BITS;

/** The stages of an escrow, in the order in which its timelocks pack them: seconds after its creation. */
export const Stage = {
  sourceWithdrawal: 0n,
  sourcePublicWithdrawal: 1n,
  sourceCancellation: 2n,
  sourcePublicCancellation: 3n,
  destinationWithdrawal: 4n,
  destinationPublicWithdrawal: 5n,
  destinationCancellation: 6n,
} as const;

/** Addresses in lower case; `timelocks` packs seven stages and, on top, the time of creation (0 before it). */
export interface Terms {
  orderHash: string;
  hashlock: string;
  maker: string;
  taker: string;
  token: string;
  amount: bigint;
  safetyDeposit: bigint;
  timelocks: bigint;
}

/** From a document of the service: a claim that is checked, not a fact. Throws where it cannot be read at all. */
export function termsOf(value: Record<string, unknown>): Terms {
  const text = (name: string): string => String(value[name]).toLowerCase();
  const number = (name: string): bigint => BigInt(String(value[name]));
  const [orderHash, hashlock, maker, taker, token] = ["orderHash", "hashlock", "maker", "taker", "token"].map(text);
  const terms = { orderHash, hashlock, maker, taker, token } as Pick<Terms, "orderHash" | "hashlock" | "maker" | "taker" | "token">;
  return { ...terms, amount: number("amount"), safetyDeposit: number("safetyDeposit"), timelocks: number("timelocks") };
}

/** From the 256 bytes of the ABI. Throws for anything else, also for addresses with dirty high bytes. */
export function decodeTerms(data: string): Terms {
  if (data.length !== 2 + 8 * 64) throw new Error("the terms of an escrow are 256 bytes");
  const [orderHash, hashlock, maker, taker, token, amount, safetyDeposit, timelocks] = AbiCoder.defaultAbiCoder().decode(WORDS, data);
  const plain = { orderHash: String(orderHash), hashlock: String(hashlock) };
  const parties = { maker: address(maker), taker: address(taker), token: address(token) };
  return { ...plain, ...parties, amount: BigInt(amount), safetyDeposit: BigInt(safetyDeposit), timelocks: BigInt(timelocks) };
}

export function encodeTerms(terms: Terms): string {
  const { orderHash, hashlock, maker, taker, token, amount, safetyDeposit, timelocks } = terms;
  const words = [orderHash, hashlock, BigInt(maker), BigInt(taker), BigInt(token), amount, safetyDeposit, timelocks];
  return AbiCoder.defaultAbiCoder().encode(WORDS, words);
}

/** Unix seconds; 0 before it. */
export function createdAt(terms: Terms): bigint {
  return terms.timelocks >> CREATION;
}

/** Seconds after the creation. */
export function offset(terms: Terms, stage: bigint): bigint {
  return (terms.timelocks >> (stage * STAGE_BITS)) & 0xffffffffn;
}

/** Unix seconds at which a stage begins. */
export function begins(terms: Terms, stage: bigint): bigint {
  return createdAt(terms) + offset(terms, stage);
}

/** The same terms as they are before the factory stamps the time of creation into them. */
export function unstamped(terms: Terms): Terms {
  return { ...terms, timelocks: terms.timelocks & ((1n << CREATION) - 1n) };
}

/** The code that stands at the address of every escrow with this implementation. */
export function proxyCode(implementation: string): string {
  return concat(["0x363d3d373d3d3d363d73", implementation, "0x5af43d82803e903d91602b57fd5bf3"]);
}

/** Where the factory puts an escrow of these terms, and of no others. */
export function escrowAddress(factory: string, implementation: string, terms: Terms): string {
  const initCode = concat(["0x3d602d80600a3d3981f3", proxyCode(implementation)]);
  return getCreate2Address(factory, keccak256(encodeTerms(terms)), keccak256(initCode)).toLowerCase();
}

function address(word: unknown): string {
  const value = BigInt(word as bigint);
  if (value >> 160n) throw new Error("an address has 160 bits");
  return `0x${value.toString(16).padStart(40, "0")}`;
}
