"""Changes of a guard that change nothing that matters, each with the reason. Reviewed by hand; a test keeps the list true."""

EQUIVALENT: dict[str, str] = {}
