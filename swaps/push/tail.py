"""The newest updates of one stream, in memory: numbered without a gap, encoded once, shared by all who follow it."""

from collections import deque
from itertools import islice

Numbered = tuple[int, str]
"""A number within its stream, and the update as JSON text."""

KEEP = 256


class Tail:
    """Updates `oldest` to `newest`. It only ever grows by the next number: what does not fit is refused, never guessed."""

    def __init__(self, after: int, keep: int = KEEP) -> None:
        self.newest = after
        self._keep = keep
        self._texts: deque[str] = deque()

    @property
    def oldest(self) -> int:
        """The first number that is kept; one more than `newest` when none is."""
        return self.newest - len(self._texts) + 1

    def append(self, number: int, text: str) -> bool:
        """Take the next update; False when it is not the next one."""
        if number != self.newest + 1:
            return False
        self.newest = number
        self._texts.append(text)
        if len(self._texts) > self._keep:
            self._texts.popleft()
        return True

    def after(self, number: int) -> list[Numbered] | None:
        """All that came after `number`, in order; None when some of it is not kept any more."""
        missing = self.newest - number
        if missing <= 0:
            return []
        if missing > len(self._texts):
            return None
        if missing == 1:
            return [(self.newest, self._texts[-1])]
        return list(enumerate(islice(self._texts, len(self._texts) - missing, None), number + 1))

    def trim(self, through: int) -> None:
        """Forget everything up to `through`: everybody has it."""
        while self._texts and self.oldest <= through:
            self._texts.popleft()
