/** What is asked of a NEAR node. */
import { encodeBase64, toUtf8Bytes, toUtf8String } from "ethers";
import { NodeRefused, rpc } from "../rpc.js";

export class NearNode {
  constructor(
    private readonly url: string,
    private readonly signal?: AbortSignal,
  ) {}

  async networkId(): Promise<string> {
    return (await rpc<{ chain_id: string }>(this.url, "status", [], this.signal)).chain_id;
  }

  /** Unix seconds of the newest block of this finality. */
  async time(finality: "final" | "optimistic"): Promise<bigint> {
    const block = await rpc<{ header: { timestamp_nanosec: string } }>(this.url, "block", { finality }, this.signal);
    return BigInt(block.header.timestamp_nanosec) / 1_000_000_000n;
  }

  /** The hash of a contract's code, base58, at the final block. */
  async codeHash(account: string): Promise<string> {
    const request = { request_type: "view_account", finality: "final", account_id: account };
    return (await rpc<{ code_hash: string }>(this.url, "query", request, this.signal)).code_hash;
  }

  /** What a view function returns at the final block. Throws `NodeRefused`. */
  async view<T>(contract: string, method: string, args: object): Promise<T> {
    const request = {
      request_type: "call_function",
      finality: "final",
      account_id: contract,
      method_name: method,
      args_base64: encodeBase64(toUtf8Bytes(JSON.stringify(args))),
    };
    const answer = await rpc<{ result?: number[]; error?: unknown }>(this.url, "query", request, this.signal);
    if (answer.error || !answer.result) throw new NodeRefused(`${contract}.${method}: ${String(answer.error).slice(0, 300)}`);
    return JSON.parse(toUtf8String(Uint8Array.from(answer.result))) as T;
  }
}

