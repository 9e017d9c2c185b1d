/** What sends the maker's calls: his own wallets, and nothing of ours ever sees their keys. */
import { chainOf, type Chains } from "./chains.js";
import { Differences } from "./differences.js";
import { ConfigurationError, VerificationFailed } from "./errors.js";
import { approveData, checkEvmCalls } from "./evm/calls.js";
import type { TypedDataSigner } from "./evm/order.js";
import { checkNearCalls, type NearFunctionCall, toNearApiJs } from "./near/calls.js";
import type { Agreed, Call, EvmCall, NearCall, OrderOffer } from "./types.js";

/** An ethers `Signer` with a provider. */
export interface EvmWallet extends TypedDataSigner {
  sendTransaction(call: { to: string; data: string; value: bigint }): Promise<{ hash: string; wait(): Promise<unknown> }>;
}

/** An `Account` of near-api-js. */
export interface NearWallet {
  functionCall(call: NearFunctionCall): Promise<unknown>;
}

/** By the chain's name. */
export type Wallets = Readonly<Record<string, EvmWallet | NearWallet>>;

/** Check the calls of the maker's own lock; gives the terms of the lock that they make. Throws `VerificationFailed`. */
export function checkCalls(chains: Chains, agreed: Agreed, calls: readonly Call[]): Record<string, string> {
  const name = agreed.request.sourceChain.toLowerCase();
  const chain = chainOf(chains, name);
  const told = new Differences(`calls on ${name}`);
  for (const call of calls) told.same("chain", call.chain, name);
  const terms =
    chain.family === "evm"
      ? checkEvmCalls(told, chain, agreed, calls as readonly EvmCall[])
      : checkNearCalls(told, chain, agreed, calls as readonly NearCall[]);
  if (told.found.length || !terms) throw new VerificationFailed(told.found);
  return Object.fromEntries(Object.entries(terms).map(([key, value]) => [key, String(value)]));
}

/** Send calls, one after the other, each once the one before is in a block. */
export async function sendCalls(wallets: Wallets, calls: readonly Call[]): Promise<void> {
  for (const call of calls) {
    if ("receiverId" in call) await walletOf(wallets, call.chain, "functionCall").functionCall(toNearApiJs(call));
    else await sendEvm(wallets, call.chain, call.to, call.data, BigInt(call.value));
  }
}

/** The allowance that an order needs. */
export async function approve(wallets: Wallets, chain: string, offer: OrderOffer): Promise<void> {
  const { token, spender, amount } = offer.approve;
  await sendEvm(wallets, chain, token, approveData(spender, BigInt(amount)), 0n);
}

export function signerOf(wallets: Wallets, chain: string): EvmWallet {
  return walletOf(wallets, chain, "sendTransaction");
}

async function sendEvm(wallets: Wallets, chain: string, to: string, data: string, value: bigint): Promise<void> {
  const sent = await signerOf(wallets, chain).sendTransaction({ to, data, value });
  await sent.wait();
}

function walletOf(wallets: Wallets, chain: string, method: "functionCall"): NearWallet;
function walletOf(wallets: Wallets, chain: string, method: "sendTransaction"): EvmWallet;
function walletOf(wallets: Wallets, chain: string, method: string): EvmWallet | NearWallet {
  const wallet = wallets[chain.toLowerCase()];
  if (!wallet || !(method in wallet)) throw new ConfigurationError(`wallets.${chain} is missing, or cannot ${method}`);
  return wallet;
}
