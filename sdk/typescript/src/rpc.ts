/** JSON-RPC to the client's own nodes. Nothing that is asked here does harm when repeated. */
import { ChainUnreachable } from "./errors.js";
import { backoff, pause, within } from "./pause.js";

const ATTEMPTS = 3;
const TIMEOUT_MS = 15_000;

/** The node understood, and said no. */
export class NodeRefused extends ChainUnreachable {}

/** The result of one call. Throws `NodeRefused`, and `ChainUnreachable` when the node does not answer. */
export async function rpc<T>(url: string, method: string, params: unknown, signal?: AbortSignal): Promise<T> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  for (let failures = 1; ; failures++) {
    try {
      return await once<T>(url, method, body, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof NodeRefused || failures >= ATTEMPTS) throw error;
      await pause(backoff(failures), signal);
    }
  }
}

async function once<T>(url: string, method: string, body: string, signal?: AbortSignal): Promise<T> {
  let answer: { result?: T; error?: unknown };
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body, signal: within(TIMEOUT_MS, signal) });
    answer = (await response.json()) as typeof answer;
  } catch (error) {
    // the URL may hold the key of an account with the node's provider: only its host is told
    throw new ChainUnreachable(`${new URL(url).host} does not answer ${method}`, { cause: error });
  }
  if (answer.error !== undefined && answer.error !== null) {
    throw new NodeRefused(`${new URL(url).host} refused ${method}: ${JSON.stringify(answer.error).slice(0, 300)}`);
  }
  if (answer.result === undefined) throw new ChainUnreachable(`${new URL(url).host} answered ${method} without a result`);
  return answer.result;
}
