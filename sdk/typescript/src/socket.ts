/** One WebSocket as an async stream of JSON messages; the platform's own, or `ws` where it has none (Node 20). */

export type Message = Record<string, unknown> & { type?: unknown };

interface AnySocket {
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
}
type SocketClass = new (url: string) => AnySocket;

async function socketClass(): Promise<SocketClass> {
  const own = (globalThis as { WebSocket?: unknown }).WebSocket;
  if (own) return own as SocketClass;
  return (await import("ws")).WebSocket as unknown as SocketClass;
}

export class SocketClosed extends Error {}

export class Socket {
  private readonly queue: Message[] = [];
  private closed = false;
  private wake: (() => void) | undefined;
  private forget: () => void = () => {};

  private constructor(private readonly socket: AnySocket) {}

  /** Rejects with `SocketClosed` when it does not open in time. */
  static async open(url: string, timeoutMs: number, signal?: AbortSignal): Promise<Socket> {
    const raw = new (await socketClass())(url);
    const opened = new Socket(raw);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => fail("it did not open in time"), timeoutMs);
      const fail = (why: string): void => {
        clearTimeout(timer);
        opened.end();
        reject(new SocketClosed(`${url}: ${why}`));
      };
      raw.onopen = () => {
        clearTimeout(timer);
        resolve();
      };
      raw.onerror = () => fail("it could not be opened, or broke");
      raw.onclose = () => fail("it was closed");
    });
    raw.onclose = () => opened.end();
    raw.onerror = () => opened.end();
    raw.onmessage = (event) => opened.take(event.data);
    const stop = (): void => opened.close();
    signal?.addEventListener("abort", stop, { once: true });
    opened.forget = () => signal?.removeEventListener("abort", stop);
    if (signal?.aborted) opened.close();
    return opened;
  }

  send(message: Message): void {
    this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.end();
    this.socket.close();
  }

  /** The next message. Rejects with `SocketClosed` at the end, and after `silenceMs` without any. */
  async next(silenceMs: number): Promise<Message> {
    for (;;) {
      const message = this.queue.shift();
      if (message) return message;
      if (this.closed) throw new SocketClosed("the socket is closed");
      await this.heard(silenceMs);
    }
  }

  private heard(silenceMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new SocketClosed(`nothing was heard for ${silenceMs} ms`)), silenceMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private take(data: unknown): void {
    try {
      const message: unknown = JSON.parse(String(data));
      if (typeof message === "object" && message !== null) this.queue.push(message as Message);
    } catch {
      this.close(); // not our service; the follower comes back, or reads by REST
    }
    this.wake?.();
  }

  private end(): void {
    this.closed = true;
    this.forget();
    this.wake?.();
  }
}
