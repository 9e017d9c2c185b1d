/** The calls of the maker's own lock on NEAR, checked before they are signed, and in the forms that wallets take. */
import { MAX_LOCK_SECONDS, type NearChain } from "../chains.js";
import type { Differences } from "../differences.js";
import type { Agreed, NearCall } from "../types.js";

const MAX_STORAGE_DEPOSIT = 10n ** 23n;
const MAX_GAS = 300_000_000_000_000n;

/** `account.functionCall` of near-api-js takes it as it is. */
export interface NearFunctionCall {
  contractId: string;
  methodName: string;
  args: Record<string, unknown>;
  gas: bigint;
  attachedDeposit: bigint;
}

/** For near-api-js: `await account.functionCall(toNearApiJs(call))`. */
export function toNearApiJs(call: NearCall): NearFunctionCall {
  const { receiverId: contractId, methodName, args, gas, deposit } = call;
  return { contractId, methodName, args: args as Record<string, unknown>, gas: BigInt(gas), attachedDeposit: BigInt(deposit) };
}

/** For a wallet of wallet-selector: `await wallet.signAndSendTransaction(toWalletSelector(call))`. */
export function toWalletSelector(call: NearCall): Record<string, unknown> {
  const { receiverId, methodName, args, gas, deposit } = call;
  return { receiverId, actions: [{ type: "FunctionCall", params: { methodName, args, gas, deposit } }] };
}

/** The terms that the sender of a lock writes. */
interface Written {
  receiver?: unknown;
  hashlock?: unknown;
  timelock?: unknown;
  salt?: unknown;
}

/** Notes every difference, and gives the terms of the lock that the calls make. */
export function checkNearCalls(told: Differences, chain: NearChain, agreed: Agreed, calls: readonly NearCall[]): Record<string, string> | undefined {
  const { request } = agreed;
  const purposes = calls.map((call) => call.purpose).join(", ");
  told.holds(["lock", "storage, lock"].includes(purposes), "the calls", purposes || "none", "lock, or storage and lock");
  for (const call of calls) told.holds(BigInt(call.gas) <= MAX_GAS, "gas", call.gas, `at most ${MAX_GAS}`);
  if (told.found.length) return undefined;
  if (calls.length === 2) checkStorage(told, chain, calls[0] as NearCall);
  const lock = calls[calls.length - 1] as NearCall;
  const native = request.sourceToken === "near";
  const written = native ? checkNative(told, chain, agreed, lock) : checkToken(told, chain, agreed, lock);
  told.same("hashlock", `0x${String(written.hashlock)}`, agreed.hashlock);
  const latest = Math.floor(Date.now() / 1000) + (chain.maxLockSeconds ?? MAX_LOCK_SECONDS);
  told.holds(Number(written.timelock) <= latest, "timelock", written.timelock, `at most ${latest}`);
  const { receiver, timelock, salt } = written;
  return { receiver: String(receiver), timelock: String(timelock), salt: String(salt) };
}

function checkStorage(told: Differences, chain: NearChain, call: NearCall): void {
  const most = chain.maxStorageDeposit ?? MAX_STORAGE_DEPOSIT;
  told.same("storage.receiverId", call.receiverId, chain.htlc);
  told.same("storage.methodName", call.methodName, "storage_deposit");
  told.same("storage.args", JSON.stringify(call.args), "{}");
  told.holds(BigInt(call.deposit) <= most, "storage.deposit", call.deposit, `at most ${most}`);
}

function checkNative(told: Differences, chain: NearChain, { request }: Agreed, call: NearCall): Written {
  told.same("lock.receiverId", call.receiverId, chain.htlc);
  told.same("lock.methodName", call.methodName, "lock");
  told.same("lock.deposit", call.deposit, request.sourceAmount);
  return call.args as Written;
}

function checkToken(told: Differences, chain: NearChain, { request }: Agreed, call: NearCall): Written {
  const args = call.args as { receiver_id?: unknown; amount?: unknown; msg?: unknown };
  told.same("lock.receiverId", call.receiverId, request.sourceToken);
  told.same("lock.methodName", call.methodName, "ft_transfer_call");
  told.same("lock.deposit", call.deposit, "1");
  told.same("lock.args", Object.keys(args).sort().join(", "), "amount, msg, receiver_id");
  told.same("lock.args.receiver_id", args.receiver_id, chain.htlc);
  told.same("lock.args.amount", args.amount, request.sourceAmount);
  try {
    return JSON.parse(String(args.msg)) as Written;
  } catch {
    told.add("lock.args.msg", "unreadable", "the terms of a lock");
    return {};
  }
}
