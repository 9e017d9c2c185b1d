/** Collects what is not as agreed, so that a refusal names all of it. */
import type { Difference } from "./errors.js";

export class Differences {
  readonly found: Difference[] = [];

  constructor(private readonly where: string) {}

  /** Text is compared without regard to case where it is hexadecimal. */
  same(what: string, found: unknown, expected: unknown): void {
    if (normal(found) !== normal(expected)) this.add(what, found, expected);
  }

  holds(condition: boolean, what: string, found: unknown, expected: unknown, mayChange = false): void {
    if (!condition) this.add(what, found, expected, mayChange);
  }

  add(what: string, found: unknown, expected: unknown, mayChange = false): void {
    this.found.push({ where: this.where, what, found: String(found), expected: String(expected), mayChange });
  }
}

function normal(value: unknown): string {
  const text = String(value);
  return text.startsWith("0x") ? text.toLowerCase() : text;
}
