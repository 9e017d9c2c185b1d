// A swap by @1inch/cross-chain-sdk as it comes from npm: quote, order, secret, and its end.
//
//     node swap.mjs '{"url", "key", "privateKey", "rpc", "source": {"chain", "token"}, "destination": {…}, "amount"}'
//
// Further members: "preset", "custom" (an auction of one's own), "receiver", "secrets" (more than one asks for partial fills),
// and "stop": "locked" (the secret is never handed over).
// Prints one line of JSON with all that was answered on the way. What the service refuses goes to stderr, and the exit code is 1.

import { randomBytes } from 'node:crypto'
import { HashLock, OrderStatus, PrivateKeyProviderConnector, SDK } from '@1inch/cross-chain-sdk'
import { Contract, JsonRpcProvider, Wallet } from 'ethers'

const job = JSON.parse(process.argv[2])
const ROUTER = '0x111111125421cA6dc452d289314280a0f8842A65'
const ERC20 = ['function approve(address spender, uint256 amount) returns (bool)']
const PAUSE = 100

const provider = new JsonRpcProvider(job.rpc, undefined, { pollingInterval: PAUSE })
const wallet = new Wallet(job.privateKey, provider)
const ethCall = { eth: { call: transaction => provider.call(transaction) } }
const sdk = new SDK({
    url: job.url,
    authKey: job.key,
    blockchainProvider: new PrivateKeyProviderConnector(job.privateKey, ethCall),
})

const params = {
    srcChainId: job.source.chain,
    dstChainId: job.destination.chain,
    srcTokenAddress: job.source.token,
    dstTokenAddress: job.destination.token,
    amount: job.amount,
    walletAddress: wallet.address,
    enableEstimate: true,
}

async function approve() {
    const token = new Contract(job.source.token, ERC20, wallet)
    await (await token.approve(ROUTER, job.amount)).wait()
}

async function until(what, seconds, look) {
    const end = Date.now() + seconds * 1000
    while (Date.now() < end) {
        const found = await look()
        if (found) return found
        await new Promise(done => setTimeout(done, PAUSE))
    }
    throw new Error(`${what}: not within ${seconds} s`)
}

function lockOf(secrets) {
    if (secrets.length === 1) return HashLock.forSingleFill(secrets[0])
    return HashLock.forMultipleFills(HashLock.getMerkleLeaves(secrets))
}

async function main() {
    const quote = job.custom
        ? await sdk.getQuoteWithCustomPreset(params, { customPreset: job.custom })
        : await sdk.getQuote(params)
    const secrets = Array.from({ length: job.secrets ?? 1 }, () => '0x' + randomBytes(32).toString('hex'))
    const [secret] = secrets
    const secretHashes = secrets.map(HashLock.hashSecret)
    if (secrets.length > 1) Object.assign(quote.getPreset(), { allowPartialFills: true, allowMultipleFills: true })
    await approve()

    const { order, hash, quoteId } = sdk.createOrder(quote, {
        walletAddress: wallet.address,
        hashLock: lockOf(secrets),
        secretHashes,
        preset: job.preset,
        receiver: job.receiver,
    })
    const info = await sdk.submitOrder(quote.srcChainId, order, quoteId, secretHashes)
    const submitted = await sdk.getOrderStatus(hash)
    const before = await sdk.getPublishedSecrets(hash)

    const ready = await until('both escrows', 120, async () => {
        const { fills } = await sdk.getReadyToAcceptSecretFills(hash)
        return fills.length ? fills : null
    })
    const locked = await sdk.getOrderStatus(hash)
    const unpublished = await sdk.getPublishedSecrets(hash)
    if (job.stop === 'locked') return { hash, ready, locked, unpublished }
    await sdk.submitSecret(hash, secret)
    const ended = await until('the end', 120, async () => {
        const status = await sdk.getOrderStatus(hash)
        return status.status === OrderStatus.Pending ? null : status
    })
    const page = { page: 1, limit: 10 }
    return {
        quote: { amount: String(quote.dstTokenAmount), preset: quote.recommendedPreset, quoteId },
        order: { hash, info, deadline: String(order.deadline) },
        secret,
        submitted,
        before,
        ready,
        locked,
        unpublished,
        ended,
        readyAtTheEnd: await sdk.getReadyToAcceptSecretFills(hash),
        published: await sdk.getPublishedSecrets(hash),
        active: await sdk.getActiveOrders(page),
        byMaker: await sdk.getOrdersByMaker({ address: wallet.address, ...page }),
        actions: await sdk.getReadyToExecutePublicActions(),
        cancellable: await sdk.getCancellableOrders('EVM', 1, 10),
        cancelCall: await sdk.buildCancelOrderCallData(hash),
    }
}

main().then(
    found => {
        console.log(JSON.stringify(found, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
        process.exit(0)
    },
    error => {
        console.error(error.response ? JSON.stringify(error.response.data) : error.stack)
        process.exit(1)
    },
)
