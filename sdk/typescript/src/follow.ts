/**
 * A session's events, each once and in order, whatever breaks on the way.
 *
 * Every event has a `seq` that counts up by one. The socket is opened with `since`; when it breaks, falls silent or
 * skips a number, what is missing is read from `/events?since=` before it is opened again. Where it cannot be had at
 * all, that is how the session is followed.
 */
import { ApiError, ConnectionFailed, OneBalancerError } from "./errors.js";
import type { Http } from "./http.js";
import { backoff, pause } from "./pause.js";
import { type Message, Socket, SocketClosed } from "./socket.js";
import { type Session, type SessionUpdate, type SwapUpdate, TERMINAL } from "./types.js";

export interface FollowOptions {
  /** the last seq that you have seen; 0, the default, begins with the first event */
  since?: number;
  signal?: AbortSignal | undefined;
  /** `poll` reads `/events` alone */
  transport?: "socket" | "poll";
  /** between two reads of `/events` where there is no socket, default 2,000 */
  pollMs?: number;
  /** a socket without any message for so long is taken for broken, default 45,000 (the service's heartbeat: 20,000) */
  silenceMs?: number;
}

const OPEN_MS = 10_000;
const LONGEST_SEARCH_MS = 10 * 60_000;

/** Until an event with a terminal status, and those that the service already has after it. Throws `ApiError` (404, 401 …)
 * and `ConnectionFailed` when the service was out of reach for ten minutes. */
export async function* follow(http: Http, sessionId: string, options: FollowOptions = {}): AsyncGenerator<SwapUpdate, void> {
  const state = { seq: options.since ?? 0, ended: false };
  if (state.seq > 0 && (await isOver(http, sessionId, state.seq, options.signal))) return;
  let lost: number | undefined;
  for (let failures = 0; ; ) {
    try {
      const missed = await missing(http, sessionId, state.seq, options.signal);
      lost = undefined;
      yield* inOrder(missed, state);
      if (state.ended) return;
    } catch (error) {
      if (!passes(error)) throw error;
      lost ??= Date.now();
      if (Date.now() - lost > LONGEST_SEARCH_MS) throw error;
    }
    if (options.transport !== "poll") {
      const before = state.seq;
      try {
        for await (const update of listen(http, sessionId, state.seq, options)) {
          if (update.seq > state.seq + 1) break; // a gap: read what is missing
          yield* inOrder([update], state);
          if (state.ended) break;
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof SocketClosed)) throw error;
      }
      if (state.ended) continue; // once more for what came after the end
      failures = state.seq > before ? 1 : failures + 1;
    }
    options.signal?.throwIfAborted();
    await pause(options.transport === "poll" ? (options.pollMs ?? 2_000) : backoff(failures, 100, 4_000), options.signal);
  }
}

/** Whether it is over already, and everything was seen: then no further event would ever tell. */
async function isOver(http: Http, sessionId: string, seq: number, signal?: AbortSignal): Promise<boolean> {
  const session = await http.get<Session>(`/sessions/${encodeURIComponent(sessionId)}`, { signal });
  return TERMINAL.has(session.status) && session.seq <= seq;
}

function passes(error: unknown): boolean {
  return error instanceof ConnectionFailed || (error instanceof ApiError && (error.status >= 500 || error.status === 429));
}

async function missing(http: Http, sessionId: string, since: number, signal?: AbortSignal): Promise<SessionUpdate[]> {
  const path = `/sessions/${encodeURIComponent(sessionId)}/events?since=${since}`;
  return (await http.get<{ events: SessionUpdate[] }>(path, { signal })).events;
}

function* inOrder(updates: SessionUpdate[], state: { seq: number; ended: boolean }): Generator<SwapUpdate> {
  for (const update of updates) {
    if (update.seq <= state.seq) continue;
    if (update.seq !== state.seq + 1) throw new OneBalancerError(`the service skipped from seq ${state.seq} to ${update.seq}`);
    state.seq = update.seq;
    yield { ...update, progress: update.data.progress, phase: update.data.phase, cause: update.data.cause };
    state.ended ||= TERMINAL.has(update.status);
  }
}

async function* listen(http: Http, sessionId: string, since: number, options: FollowOptions): AsyncGenerator<SessionUpdate> {
  const socket = await Socket.open(`${http.baseUrl.replace(/^http/, "ws")}/ws`, OPEN_MS, options.signal);
  const silence = options.silenceMs ?? 45_000;
  const beat = setInterval(() => quietly(() => socket.send({ type: "ping" })), silence / 3);
  try {
    socket.send({ type: "auth", apiKey: http.apiKey });
    socket.send({ type: "subscribe", channel: "session", sessionId, since });
    for (;;) {
      const message = await socket.next(silence);
      refuse(message);
      if (message.type === "session_update" && message["sessionId"] === sessionId) yield message as unknown as SessionUpdate;
    }
  } finally {
    clearInterval(beat);
    quietly(() => socket.close());
  }
}

/** Throws where the socket will not tell. Whether that lasts (a wrong key) or passes (too many connections), REST says. */
function refuse(message: Message): void {
  const refused = message.type === "authenticated" && message["success"] === false;
  if (refused || message.type === "subscription_error" || message.type === "error") {
    throw new SocketClosed(`refused: ${String(message["error"] ?? message["message"])}`);
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // the socket is gone, which its reader notices by itself
  }
}
