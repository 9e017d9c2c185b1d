/**
 * Everything that this package throws.
 *
 *     OneBalancerError
 *       ApiError                 the service refused: a problem document (RFC 9457) with a stable `code`
 *         InvalidRequest         400, 422: `errors` names every faulty field
 *         Unauthorized           401
 *         Forbidden              403
 *         NotFound               404
 *         Conflict               409
 *         RateLimited            429
 *         ServiceFault           5xx
 *       ConnectionFailed         the service could not be reached, or did not answer in time
 *       ChainUnreachable         your own node could not be asked
 *       ConfigurationError       something that you gave is missing or wrong
 *       VerificationFailed       what we see is not what you asked for: nothing was signed, no secret was sent
 *       SwapEnded                the swap ended otherwise than awaited
 *       TimedOut                 what was awaited did not come in time
 */
import type { FieldError, Problem, Receipt, SessionNow } from "./types.js";

export class OneBalancerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class ApiError extends OneBalancerError {
  /** stable: switch on it */
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  /** names the service's own log line, where the fault is its own */
  readonly incident: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Partial<Problem>, status: number, retryAfterSeconds?: number) {
    const errors = Array.isArray(problem.errors) ? problem.errors : [];
    const named = errors.map((fault) => `; ${fault.field || "the body"} ${fault.message}`).join("");
    super(`${status} ${problem.code ?? "http_error"}: ${problem.detail ?? "the answer says no more"}${named}`);
    this.code = problem.code ?? "http_error";
    this.status = status;
    this.detail = problem.detail ?? "";
    this.errors = errors;
    this.incident = problem.incident;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export class InvalidRequest extends ApiError {}
export class Unauthorized extends ApiError {}
export class Forbidden extends ApiError {}
export class NotFound extends ApiError {}
export class Conflict extends ApiError {}
export class RateLimited extends ApiError {}
export class ServiceFault extends ApiError {}

const BY_STATUS: Record<number, typeof ApiError> = {
  400: InvalidRequest,
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  409: Conflict,
  422: InvalidRequest,
  429: RateLimited,
};

/** The error that a problem document stands for. */
export function apiError(problem: Partial<Problem>, status: number, retryAfterSeconds?: number): ApiError {
  const Kind = BY_STATUS[status] ?? (status >= 500 ? ServiceFault : ApiError);
  return new Kind(problem, status, retryAfterSeconds);
}

export class ConnectionFailed extends OneBalancerError {}
export class ChainUnreachable extends OneBalancerError {}
export class ConfigurationError extends OneBalancerError {}
export class TimedOut extends OneBalancerError {}

/** One thing that is not as it was agreed. */
export interface Difference {
  /** which leg, order or call it is about */
  where: string;
  what: string;
  found: string;
  expected: string;
  /** whether waiting may mend it: the chain has not come so far yet */
  mayChange: boolean;
}

export class VerificationFailed extends OneBalancerError {
  constructor(readonly differences: readonly Difference[]) {
    super(`not as agreed: ${differences.map(inWords).join("; ")}. No secret was sent and nothing was signed`);
  }
}

function inWords(item: Difference): string {
  return `${item.where}: ${item.what} is ${item.found}, expected ${item.expected}`;
}

export class SwapEnded extends OneBalancerError {
  constructor(
    readonly session: SessionNow,
    readonly receipt?: Receipt,
  ) {
    const why = session.explanation?.happened ?? session.reason ?? "no reason was given";
    super(`${session.sessionId} is ${session.status}: ${why}`);
  }
}
