"""One error, whose message is a sentence for the person at the terminal."""


class EmbeddedError(RuntimeError):
    """The embedded services cannot run here; the message says why and what to do."""
