/** Waiting that an abort signal ends. */

/** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted before. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const done = (): void => {
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Exponential with full jitter: milliseconds before the try that follows failure number `failures` (1, 2, …). */
export function backoff(failures: number, baseMs = 250, capMs = 8_000): number {
  return Math.min(capMs, baseMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

/** The signal that fires when any of the given ones does, or after `milliseconds`. */
export function within(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}
