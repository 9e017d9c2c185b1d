/** The calls of the maker's own lock on an EVM chain, checked before they are signed: they may do nothing but what was asked for. */
import { AbiCoder, id } from "ethers";
import { type EvmChain, MAX_LOCK_SECONDS } from "../chains.js";
import type { Differences } from "../differences.js";
import type { Agreed, EvmCall } from "../types.js";
import { CREATE_SOURCE, createdAt, decodeTerms, offset, Stage, type Terms } from "./immutables.js";

const MAX_SAFETY_DEPOSIT = 10n ** 16n;

/** `approve(spender, amount)` of a token. */
export function approveData(spender: string, amount: bigint): string {
  return id("approve(address,uint256)").slice(0, 10) + AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [spender, amount]).slice(2);
}

/** Notes every difference, and gives the terms of the lock that the calls make. */
export function checkEvmCalls(told: Differences, chain: EvmChain, { request, hashlock }: Agreed, calls: readonly EvmCall[]): Terms | undefined {
  const amount = BigInt(request.sourceAmount);
  const native = BigInt(request.sourceToken) === 0n;
  const kinds = native ? "lock" : "approve, lock";
  told.same("the calls", calls.map((call) => call.purpose).join(", "), kinds);
  if (told.found.length) return undefined;
  const lock = calls[calls.length - 1] as EvmCall;
  const approve = native ? undefined : calls[0];
  if (approve) {
    told.same("approve.to", approve.to, request.sourceToken);
    told.same("approve.value", approve.value, "0");
    told.same("approve.data", approve.data, approveData(chain.escrowFactory, amount));
  }
  told.same("lock.to", lock.to, chain.escrowFactory);
  told.same("lock's function", lock.data.slice(0, 10), CREATE_SOURCE);
  const terms = termsIn(told, `0x${lock.data.slice(10)}`);
  if (!terms) return undefined;
  told.same("hashlock", terms.hashlock, hashlock);
  told.same("refundee", terms.maker, request.maker);
  told.same("token", terms.token, request.sourceToken);
  told.same("amount", terms.amount, amount);
  told.same("lock.value", lock.value, terms.safetyDeposit + (native ? amount : 0n));
  checkBinding(told, chain, terms);
  return terms;
}

/** What may be chosen by the service, within the client's own limits: the deposit, and how long the lock binds. */
export function checkBinding(told: Differences, chain: EvmChain, terms: Pick<Terms, "safetyDeposit" | "timelocks">): void {
  const most = chain.maxSafetyDeposit ?? MAX_SAFETY_DEPOSIT;
  const longest = BigInt(chain.maxLockSeconds ?? MAX_LOCK_SECONDS);
  const refund = offset(terms as Terms, Stage.sourcePublicCancellation);
  told.holds(terms.safetyDeposit <= most, "safety deposit", terms.safetyDeposit, `at most ${most}`);
  told.holds(refund <= longest, "seconds until anybody can refund", refund, `at most ${longest}`);
  told.same("time of creation", createdAt(terms as Terms), 0n);
}

function termsIn(told: Differences, data: string): Terms | undefined {
  try {
    return decodeTerms(data);
  } catch {
    told.add("the lock's terms", "unreadable", "the immutables of an escrow");
    return undefined;
  }
}
