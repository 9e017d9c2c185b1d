// Drives the devnet with near-api-js as a wallet would. Arguments: the RPC's URL, and the accounts' keys as JSON.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, keyStores, KeyPair } from "near-api-js";

// its ES modules name files that node does not find
const { actionCreators } = createRequire(import.meta.url)("@near-js/transactions");

const [url, keysJson, wasmPath] = process.argv.slice(2);
const keys = JSON.parse(keysJson);
const keyStore = new keyStores.InMemoryKeyStore();
for (const [name, key] of Object.entries(keys)) await keyStore.setKey("localnet", name, KeyPair.fromString(key));
const near = await connect({ networkId: "localnet", nodeUrl: url, keyStore, deps: { keyStore } });
const alice = await near.account("alice.near");
const bob = await near.account("bob.near");
const app = await near.account("app.near");

const before = BigInt((await bob.getAccountBalance()).total);
const sent = await alice.sendMoney("bob.near", 7n);
assert.equal(sent.status.SuccessValue, "");
assert.equal(BigInt((await bob.getAccountBalance()).total), before + 7n);

await app.deployContract(readFileSync(wasmPath));
const initial = await app.functionCall({
  contractId: "app.near", methodName: "new", args: { owner_id: "alice.near", total_supply: "1000" }, gas: 100000000000000n,
});
assert.equal(initial.status.SuccessValue, "");
assert.equal(await alice.viewFunction({ contractId: "app.near", methodName: "get_total_supply", args: {} }), "1000");

await assert.rejects(
  alice.functionCall({ contractId: "app.near", methodName: "nothing", args: {}, gas: 10000000000000n }),
  (error) => /MethodNotFound/.test(`${error.type} ${error.message} ${JSON.stringify(error.kind ?? {})}`),
);
await assert.rejects(
  alice.viewFunction({ contractId: "app.near", methodName: "nothing", args: {} }),
  (error) => error.type === "MethodNotFound",
);
await assert.rejects(near.connection.provider.query({
  request_type: "view_account", finality: "final", account_id: "nobody.near",
}), (error) => error.type === "AccountDoesNotExist");

const limited = KeyPair.fromRandom("ed25519");
await alice.addKey(limited.getPublicKey(), "app.near", ["transfer"], 10n ** 24n);
const listed = await alice.getAccessKeys();
const found = listed.find((each) => each.public_key === limited.getPublicKey().toString());
assert.equal(found.access_key.permission.FunctionCall.receiver_id, "app.near");
await alice.deleteKey(limited.getPublicKey());

const child = KeyPair.fromRandom("ed25519");
await alice.createAccount("kid.alice.near", child.getPublicKey(), 10n ** 24n);
await keyStore.setKey("localnet", "kid.alice.near", child);
await (await near.account("kid.alice.near")).deleteAccount("bob.near");

// Bob has sent nothing yet: an account object reuses the nonce that it saw first, and only transactions are tried again
const delegated = await bob.signedDelegate({
  actions: [actionCreators.transfer(3n)], blockHeightTtl: 60, receiverId: "alice.near",
});
const relayed = await app.signAndSendTransaction({
  receiverId: "bob.near", actions: [actionCreators.signedDelegate(delegated)],
});
assert.equal(relayed.status.SuccessValue, "");

const final = await near.connection.provider.block({ finality: "final" });
const result = await near.connection.provider.txStatus(sent.transaction.hash, "alice.near", "FINAL");
assert.equal(result.final_execution_status, "FINAL");
console.log(JSON.stringify({ height: final.header.height, bob: (await bob.getAccountBalance()).total }));
