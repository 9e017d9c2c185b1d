// What the tests drive the TypeScript SDK by: a line of JSON on stdin is a task, a line on stdout its outcome.
import { createInterface } from "node:readline";
import { Wallet } from "ethers";
import { checkCalls, MemoryStore, OrchestrationClient, signOrder, VerificationFailed } from "@1balancer/sdk";

async function refusedOf(action) {
  try {
    return { refused: [], result: await action() };
  } catch (error) {
    if (!(error instanceof VerificationFailed)) throw error;
    return { refused: error.differences.map((item) => item.what) };
  }
}

const tasks = {
  async handOver({ baseUrl, chains, request, patienceMs }) {
    const store = new MemoryStore();
    const client = new OrchestrationClient({ baseUrl, apiKey: "key", chains, store, patienceMs });
    const { sessionId } = await client.createSwap(request);
    const { refused } = await refusedOf(() => client.handOver(sessionId));
    return { refused, secret: (await store.get(sessionId)).secret };
  },
  checkCalls({ chains, agreed, calls }) {
    return refusedOf(() => checkCalls(chains, agreed, calls));
  },
  signOrder({ offer, agreed, source, destination, key }) {
    return refusedOf(() => signOrder(offer, agreed, source, destination, new Wallet(key)));
  },
  async follow({ baseUrl, sessionId, since, transport, silenceMs }) {
    const client = new OrchestrationClient({ baseUrl, apiKey: "key" });
    const seqs = [];
    for await (const update of client.updates(sessionId, { since, transport, silenceMs, pollMs: 50 })) seqs.push(update.seq);
    return { seqs };
  },
  async waitFor({ baseUrl, sessionId, status, timeoutMs, abortMs }) {
    const client = new OrchestrationClient({ baseUrl, apiKey: "key" });
    const signal = abortMs ? AbortSignal.timeout(abortMs) : undefined;
    try {
      const session = await client.waitFor(sessionId, status, { timeoutMs, signal });
      return { result: session.status };
    } catch (error) {
      return { result: error.name, detail: error.message };
    }
  },
  async request({ baseUrl, method, args, attempts, timeoutMs }) {
    const client = new OrchestrationClient({ baseUrl, apiKey: "key", attempts, timeoutMs });
    try {
      return { result: await client[method](...args) };
    } catch (error) {
      const { name, code, status, errors } = error;
      return { thrown: { name, code, status, errors } };
    }
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { task, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = await tasks[task](given);
  } catch (error) {
    answer = { error: String(error.stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
