/** Requests to the service: authenticated, retried where that is safe, errors typed. */
import { ApiError, apiError, ConnectionFailed } from "./errors.js";
import { backoff, pause, within } from "./pause.js";
import type { Problem } from "./types.js";

export interface HttpOptions {
  baseUrl: string;
  /** an API key or a JWT */
  apiKey: string;
  /** for one try, default 30,000 */
  timeoutMs?: number;
  /** tries of one request in all, default 6 */
  attempts?: number;
  fetch?: typeof fetch;
}

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  /** of a POST; a fresh one is made where none is given, and is the same for every try */
  idempotencyKey?: string | undefined;
}

const WORTH_ANOTHER_TRY = new Set([429, 502, 503, 504]);
const LONGEST_WAIT_SECONDS = 60;

export class Http {
  readonly baseUrl: string;
  readonly apiKey: string;
  private readonly timeoutMs: number;
  private readonly attempts: number;
  private readonly fetch: typeof fetch;

  constructor(options: HttpOptions) {
    this.baseUrl = options.baseUrl.replace(/\/+$/, "");
    this.apiKey = options.apiKey;
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.attempts = options.attempts ?? 6;
    this.fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.request("GET", path, undefined, options);
  }

  post<T>(path: string, body: unknown = {}, options: RequestOptions = {}): Promise<T> {
    return this.request("POST", path, body, { ...options, idempotencyKey: options.idempotencyKey ?? crypto.randomUUID() });
  }

  private async request<T>(method: string, path: string, body: unknown, options: RequestOptions): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.once<T>(method, path, body, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        const wait = failures < this.attempts ? waitBeforeRetry(error, failures) : undefined;
        if (wait === undefined) throw error;
        await pause(wait, options.signal);
      }
    }
  }

  private async once<T>(method: string, path: string, body: unknown, options: RequestOptions): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json", Authorization: `Bearer ${this.apiKey}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
    const init: RequestInit = { method, headers, redirect: "error", signal: within(this.timeoutMs, options.signal) };
    if (body !== undefined) init.body = JSON.stringify(body);
    let text: string;
    let answer: Response;
    try {
      answer = await this.fetch(`${this.baseUrl}/api/v1${path}`, init);
      text = await answer.text();
    } catch (error) {
      throw new ConnectionFailed(`${method} ${path}: no answer from ${this.baseUrl}`, { cause: error });
    }
    if (!answer.ok) throw apiError(problemIn(text), answer.status, retryAfter(answer.headers.get("Retry-After")));
    return JSON.parse(text) as T;
  }
}

/** Milliseconds, or undefined where another try would not help. */
function waitBeforeRetry(error: unknown, failures: number): number | undefined {
  if (error instanceof ConnectionFailed) return backoff(failures);
  if (!(error instanceof ApiError)) return undefined;
  if (!WORTH_ANOTHER_TRY.has(error.status) && error.code !== "idempotency_in_progress") return undefined;
  const asked = error.retryAfterSeconds ?? 0;
  return asked > LONGEST_WAIT_SECONDS ? undefined : Math.max(asked * 1000, backoff(failures));
}

/** Seconds, from RFC 9110's two forms. */
export function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

function problemIn(text: string): Partial<Problem> {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}
