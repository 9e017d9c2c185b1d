/** What is asked of an EVM node. */
import { AbiCoder, id } from "ethers";
import { ChainUnreachable } from "../errors.js";
import { NodeRefused, rpc } from "../rpc.js";

const ZERO = /^0x0{40}$/;

export interface Block {
  number: bigint;
  /** unix seconds */
  time: bigint;
  hash: string;
}

export class EvmNode {
  constructor(
    private readonly url: string,
    private readonly signal?: AbortSignal,
  ) {}

  private ask<T>(method: string, ...params: unknown[]): Promise<T> {
    return rpc<T>(this.url, method, params, this.signal);
  }

  async chainId(): Promise<bigint> {
    return BigInt(await this.ask<string>("eth_chainId"));
  }

  async block(which: string | bigint): Promise<Block> {
    const found = await this.ask<{ number: string; timestamp: string; hash: string } | null>("eth_getBlockByNumber", tag(which), false);
    if (!found) throw new ChainUnreachable(`the node has no block ${which}`);
    return { number: BigInt(found.number), time: BigInt(found.timestamp), hash: found.hash };
  }

  /** The newest block that counts as final. */
  async finalBlock(finality: string | number): Promise<Block> {
    if (typeof finality === "string") return this.block(finality);
    const height = (await this.block("latest")).number - BigInt(finality);
    return this.block(height < 0n ? 0n : height);
  }

  code(address: string, at: string | bigint): Promise<string> {
    return this.ask<string>("eth_getCode", address, tag(at));
  }

  /** Base units of a token, or wei for address zero. */
  async balance(token: string, account: string, at: string | bigint): Promise<bigint> {
    if (ZERO.test(token)) return BigInt(await this.ask<string>("eth_getBalance", account, tag(at)));
    const data = id("balanceOf(address)").slice(0, 10) + AbiCoder.defaultAbiCoder().encode(["address"], [account]).slice(2);
    const answer = await this.call(token, data, at);
    return answer === "0x" ? 0n : BigInt(answer.slice(0, 66));
  }

  call(to: string, data: string, at: string | bigint = "latest", from?: string): Promise<string> {
    return this.ask<string>("eth_call", from ? { from, to, data } : { to, data }, tag(at));
  }

  /** A view without arguments; undefined where the contract has no such function. */
  async view(contract: string, signature: string): Promise<string | undefined> {
    try {
      const answer = await this.call(contract, id(signature).slice(0, 10));
      return answer === "0x" ? undefined : answer;
    } catch (error) {
      if (error instanceof NodeRefused && /revert/i.test(error.message)) return undefined;
      throw error;
    }
  }

  /** Whether a token lets `from` pay `to`, tried without sending it; false for one that reverts or says no. */
  async wouldPay(token: string, from: string, to: string, amount: bigint): Promise<boolean> {
    if (ZERO.test(token)) return true;
    const data = id("transfer(address,uint256)").slice(0, 10) + AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [to, amount]).slice(2);
    try {
      const answer = await this.call(token, data, "latest", from);
      return answer === "0x" || BigInt(answer) === 1n;
    } catch (error) {
      if (error instanceof NodeRefused) return false;
      throw error;
    }
  }
}

function tag(which: string | bigint): string {
  return typeof which === "bigint" ? `0x${which.toString(16)}` : which;
}
