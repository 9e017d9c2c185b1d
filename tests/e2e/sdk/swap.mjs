// A swap from BASE to Ethereum by a signed order, in TypeScript: each event is a line of JSON.
import { JsonRpcProvider, Wallet } from "ethers";
import { OrchestrationClient } from "@1balancer/sdk";

const given = JSON.parse(process.argv[2]);
const client = new OrchestrationClient({ baseUrl: given.baseUrl, apiKey: given.apiKey, chains: given.chains });
const base = new Wallet(given.key, new JsonRpcProvider(given.chains.base.rpc));
const told = (update) => console.log(JSON.stringify({ session: update.sessionId, seq: update.seq, status: update.status }));

const { sessionId } = await client.createSwap(given.request);
const beside = [];
const subscription = client.onSessionUpdate(sessionId, (update) => beside.push(update.seq));
await client.lockByOrder(sessionId, { base });
const session = await client.resume(sessionId, { onUpdate: told });
await subscription.done;
const { receipt } = await client.store.get(sessionId);
console.log(JSON.stringify({ session: sessionId, ended: session.status, beside, receipt: receipt.type }));
process.exit();
