/** What the client knows of each chain by itself. Nothing here ever comes from the service. */
import { ConfigurationError } from "./errors.js";

interface AnyChain {
  /** your own node, or several: each must show the same before a secret leaves */
  rpc: string | readonly string[];
  /** seconds that a lock must still have when the secret leaves; default 60 */
  minSecondsLeft?: number;
  /** the longest that your own lock may bind you; default a day */
  maxLockSeconds?: number;
}

export interface EvmChain extends AnyChain {
  family: "evm";
  chainId: number;
  escrowFactory: string;
  /** keccak256 of the factory's code, where you want to pin it */
  factoryCodeHash?: string;
  /** needed to sign orders */
  limitOrderProtocol?: string;
  /** what counts as final: a tag of the node's, or a number of confirmations; default "finalized" */
  finality?: "finalized" | "safe" | number;
  /** how long anybody, you too, must be able to claim the lock: default 20 seconds */
  minPublicSeconds?: number;
  /** wei; default 0.01 coins */
  maxSafetyDeposit?: bigint;
}

export interface NearChain extends AnyChain {
  family: "near";
  /** as the node's `status` says it: mainnet, testnet, … */
  networkId: string;
  htlc: string;
  /** base58, of the HTLC's code, where you want to pin it */
  codeHash?: string;
  /** yoctoNEAR; default 0.1 NEAR */
  maxStorageDeposit?: bigint;
}

export type Chain = EvmChain | NearChain;
export type Chains = Readonly<Record<string, Chain>>;

export const MIN_SECONDS_LEFT = 60;
export const MAX_LOCK_SECONDS = 86_400;

/** Throws `ConfigurationError` for a chain that was not configured. */
export function chainOf(chains: Chains, name: string): Chain {
  const found = chains[name.toLowerCase()];
  if (!found) throw new ConfigurationError(`chains.${name} is missing: to check a lock there, your own node and its contracts are needed`);
  return found;
}

export function endpoints(chain: Chain): readonly [string, ...string[]] {
  const urls = typeof chain.rpc === "string" ? [chain.rpc] : [...chain.rpc];
  const [first, ...others] = urls;
  if (first === undefined) throw new ConfigurationError("a chain needs at least one rpc URL");
  return [first, ...others];
}
