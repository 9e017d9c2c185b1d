/** The orchestrator's API, and swaps whose secret never leaves before both locks were seen on their chains. */
import { chainOf, type Chains } from "./chains.js";
import { Differences } from "./differences.js";
import { ConfigurationError, Conflict, SwapEnded, TimedOut, VerificationFailed } from "./errors.js";
import { signOrder } from "./evm/order.js";
import { follow, type FollowOptions } from "./follow.js";
import { Http, type HttpOptions, type RequestOptions } from "./http.js";
import { hashlockOf, MemoryStore, newSecret, type SwapRecord, type SwapStore } from "./secrets.js";
import {
  type CancelledSession,
  type ExecutedSession,
  type HashFunction,
  type Quote,
  type QuoteRequest,
  type Receipt,
  type Rescue,
  type Session,
  type SessionNow,
  type SessionPage,
  type SignedOrder,
  type SourceLock,
  type SwapRequest,
  type SwapUpdate,
  TERMINAL,
} from "./types.js";
import { routeHash, verify } from "./verify.js";
import { approve, checkCalls, sendCalls, signerOf, type Wallets } from "./wallets.js";

export interface ClientOptions extends HttpOptions {
  /** your own nodes and the contracts that you trust, by the chain's name; needed before a secret can leave */
  chains?: Chains;
  /** where secrets are kept; in memory where none is given */
  store?: SwapStore;
  /** of routes whose chains are not configured; those that are say it themselves. Default sha256 */
  hashFunction?: HashFunction;
  /** how long a chain may take to show what the service has seen already, default 60,000 */
  patienceMs?: number;
}

export interface SwapOptions {
  wallets: Wallets;
  /** `self`, the default: your own transaction. `order`: sign a limit order, which the service fills */
  sourceLock?: SourceLock;
  onUpdate?: (update: SwapUpdate) => void;
  /** `poll` where sockets cannot be had */
  transport?: "socket" | "poll";
  signal?: AbortSignal;
}

/** What `onSessionUpdate` gives: `close()` ends it; `done` settles when the session, or the following of it, has ended. */
export interface Subscription {
  close(): void;
  done: Promise<void>;
}

export interface WaitOptions extends FollowOptions {
  timeoutMs?: number;
}

export class OrchestrationClient {
  readonly http: Http;
  readonly chains: Chains;
  readonly store: SwapStore;
  private readonly options: ClientOptions;

  constructor(options: ClientOptions) {
    this.http = new Http(options);
    this.chains = options.chains ?? {};
    this.store = options.store ?? new MemoryStore();
    this.options = options;
  }

  // The API

  quote(request: QuoteRequest, options?: RequestOptions): Promise<Quote> {
    return this.http.post("/quote", request, options);
  }

  getSession(sessionId: string, options?: RequestOptions): Promise<SessionNow> {
    return this.http.get(path(sessionId), options);
  }

  /** Newest first. `query` as `GET /sessions` takes it: `status`, `limit`, `cursor`, … */
  listSessions(query: Record<string, string> = {}, options?: RequestOptions): Promise<SessionPage> {
    return this.http.get(`/sessions?${new URLSearchParams(query)}`, options);
  }

  cancel(sessionId: string, options?: RequestOptions): Promise<CancelledSession> {
    return this.http.post(path(sessionId, "/cancel"), {}, options);
  }

  getReceipt(sessionId: string, options?: RequestOptions): Promise<Receipt> {
    return this.http.get(path(sessionId, "/receipt"), options);
  }

  /** Claim and refund on each leg, with calls that any funded account can send. */
  getRescue(sessionId: string, options?: RequestOptions): Promise<Rescue> {
    return this.http.get(path(sessionId, "/rescue"), options);
  }

  // One swap, step by step

  /** Make a session with a secret of our own, and keep secret and receipt in `store`. Only the secret's hash is sent. */
  async createSwap(request: SwapRequest, options: RequestOptions = {}): Promise<Session> {
    const secret = newSecret();
    const hashFunction = await this.hashFunction(request, options.signal);
    const hashlock = hashlockOf(secret, hashFunction);
    const session = await this.http.post<Session>("/sessions", { ...request, hashlock }, options);
    if (session.hashFunction !== hashFunction || session.hashlock !== hashlock) {
      throw new ConfigurationError(`${session.sessionId} has a hashlock by ${session.hashFunction}, and ours is by ${hashFunction}`);
    }
    const record: SwapRecord = { sessionId: session.sessionId, request, hashlock, hashFunction, secret };
    await this.store.put(record);
    const receipt = await this.getReceipt(session.sessionId, { signal: options.signal });
    const told = new Differences("receipt");
    told.same("session", receipt.sessionId, session.sessionId);
    told.same("hashlock", receipt.hashlock, hashlock);
    if (told.found.length) throw new VerificationFailed(told.found);
    await this.store.put({ ...record, receipt });
    return session;
  }

  /** Start the swap, check the calls that it answers with, and send them from the maker's wallet. */
  async lockBySelf(sessionId: string, wallets: Wallets, options: RequestOptions = {}): Promise<void> {
    const record = await this.record(sessionId);
    const executed = await this.execute(sessionId, { sourceLock: "self" }, options);
    const sourceTerms = checkCalls(this.chains, record, executed.calls);
    await this.store.put({ ...record, sourceTerms });
    await sendCalls(wallets, executed.calls);
  }

  /** Check and sign the limit order that the session offers, allow the protocol the tokens, and start the swap with it. */
  async lockByOrder(sessionId: string, wallets: Wallets, options: RequestOptions = {}): Promise<void> {
    const record = await this.record(sessionId);
    const { sourceChain, destinationChain } = record.request;
    const source = chainOf(this.chains, sourceChain);
    const offer = (await this.getSession(sessionId, options)).next.limitOrder;
    if (!offer || source.family !== "evm") throw new ConfigurationError(`${sessionId} offers no limit order to sign`);
    const signed = await signOrder(offer, record, source, chainOf(this.chains, destinationChain), signerOf(wallets, sourceChain));
    await approve(wallets, sourceChain, offer);
    await this.execute(sessionId, { limitOrder: signed }, options);
  }

  execute(sessionId: string, body: { sourceLock?: SourceLock; limitOrder?: SignedOrder }, options?: RequestOptions): Promise<ExecutedSession> {
    return this.http.post(path(sessionId, "/execute"), body, options);
  }

  /** Throws `VerificationFailed` unless both locks are final on their chains, and what was asked for. */
  async verifyLocks(sessionId: string, options: RequestOptions = {}): Promise<void> {
    const record = await this.record(sessionId);
    const read = (): Promise<Session> => this.getSession(sessionId, options);
    await verify(this.chains, record, read, this.options.patienceMs ?? 60_000, options.signal);
  }

  /** Verify both locks, and only then send the secret. */
  async handOver(sessionId: string, options: RequestOptions = {}): Promise<void> {
    const { secret } = await this.record(sessionId);
    await this.verifyLocks(sessionId, options);
    await this.http.post(path(sessionId, "/secret"), { secret }, options);
  }

  // Following

  /** Every event from `since` on, each once and in order, until the session has ended. */
  updates(sessionId: string, options?: FollowOptions): AsyncGenerator<SwapUpdate, void> {
    return follow(this.http, sessionId, options);
  }

  /** Call back for every event. What goes wrong rejects `done`. */
  onSessionUpdate(sessionId: string, callback: (update: SwapUpdate) => void, options: FollowOptions = {}): Subscription {
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const run = async (): Promise<void> => {
      for await (const update of this.updates(sessionId, { ...options, signal })) callback(update);
    };
    const done = run().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    done.catch(() => {}); // whoever awaits `done` hears of it; who does not, need not
    return { close: () => stop.abort(), done };
  }

  /** The session once it has that status. Throws `SwapEnded` when it ended otherwise, `TimedOut` when it takes too long. */
  async waitFor(sessionId: string, status: string, options: WaitOptions = {}): Promise<SessionNow> {
    const clock = AbortSignal.timeout(options.timeoutMs ?? 3_600_000);
    const signal = options.signal ? AbortSignal.any([options.signal, clock]) : clock;
    try {
      for await (const update of this.updates(sessionId, { ...options, signal })) {
        if (update.status === status) return await this.getSession(sessionId, { signal });
      }
    } catch (error) {
      if (clock.aborted && !options.signal?.aborted) throw new TimedOut(`${sessionId} is not ${status} in time`, { cause: error });
      throw error;
    }
    return this.ended(sessionId, status, options.signal);
  }

  // The whole swap in one call

  /** Make, lock, follow, verify, hand over: until it is completed. Throws `SwapEnded` when it was refunded, cancelled or failed. */
  async swap(request: SwapRequest, options: SwapOptions): Promise<SessionNow> {
    const { signal, wallets } = options;
    requireContracts(this.chains, request);
    const session = await this.createSwap(request, { signal });
    if (options.sourceLock === "order") await this.lockByOrder(session.sessionId, wallets, { signal });
    else await this.lockBySelf(session.sessionId, wallets, { signal });
    return this.resume(session.sessionId, options);
  }

  /** Go on with a swap whose source is locked, or about to be, and whose record is in `store`: also after a restart. */
  async resume(sessionId: string, options: Omit<SwapOptions, "wallets" | "sourceLock"> = {}): Promise<SessionNow> {
    const { signal, transport = "socket" } = options;
    let handedOver = false;
    for await (const update of this.updates(sessionId, { signal, transport })) {
      options.onUpdate?.(update);
      if (update.status !== "both_locked" || handedOver) continue;
      await this.handOverOnce(sessionId, signal);
      handedOver = true;
    }
    return this.ended(sessionId, "completed", signal);
  }

  private async handOverOnce(sessionId: string, signal?: AbortSignal): Promise<void> {
    const { status, secretState } = await this.getSession(sessionId, { signal });
    if (status !== "both_locked" || secretState !== "none") return; // an event of the past: it was handed over then
    try {
      await this.handOver(sessionId, { signal });
    } catch (error) {
      const now = await this.getSession(sessionId, { signal });
      const moved = now.status !== "both_locked" && (error instanceof Conflict || error instanceof VerificationFailed);
      if (!moved) throw error; // it went on to its end while we looked: that is what its events tell
    }
  }

  private async ended(sessionId: string, wanted: string, signal?: AbortSignal): Promise<SessionNow> {
    const session = await this.getSession(sessionId, { signal });
    if (session.status === wanted) return session;
    if (!TERMINAL.has(session.status)) throw new TimedOut(`${sessionId} is ${session.status}, and nothing more was told of it`);
    throw new SwapEnded(session, (await this.store.get(sessionId))?.receipt);
  }

  private async record(sessionId: string): Promise<SwapRecord> {
    const record = await this.store.get(sessionId);
    if (!record) throw new ConfigurationError(`${sessionId} is not in this client's store: its secret is somewhere else`);
    return record;
  }

  private hashFunction(request: SwapRequest, signal?: AbortSignal): Promise<HashFunction> | HashFunction {
    const { sourceChain, destinationChain } = request;
    const known = [sourceChain, destinationChain].every((name) => name.toLowerCase() in this.chains);
    return known ? routeHash(this.chains, request, signal) : (this.options.hashFunction ?? "sha256");
  }
}

/** Tokens must be named by their contracts: what a symbol means, only the service could say. */
function requireContracts(chains: Chains, request: SwapRequest): void {
  for (const side of ["source", "destination"] as const) {
    const token = request[`${side}Token`];
    const evm = chainOf(chains, request[`${side}Chain`]).family === "evm";
    const valid = evm ? /^0x[0-9a-fA-F]{40}$/.test(token) : /^[a-z0-9._-]+$/.test(token);
    if (!valid) throw new ConfigurationError(`${side}Token ${token} must be the token's contract, so that it can be checked on chain`);
  }
}

function path(sessionId: string, rest = ""): string {
  return `/sessions/${encodeURIComponent(sessionId)}${rest}`;
}
