"""Our instructions and the marks of our fences, which no answer may repeat."""

from ..question import Prompt
from .findings import Findings

WINDOW = 48
"""A run of this many characters of our instructions in an answer is a leak; shorter ones happen by chance."""

_LOWER = {ord(upper): ord(upper.lower()) for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


class Leaks:
    """Runs of `WINDOW` characters of our instructions (or the whole of shorter ones), and the mark of our fences.

    Runs that the material itself contains are the caller's own words and no leak.
    """

    def __init__(self, prompt: Prompt) -> None:
        self._question, self._nonce = prompt.question, prompt.nonce
        self._instructions = ours = self._question.instructions.translate(_LOWER)
        self.ours = f"{ours}\n{prompt.nonce}"
        self.window = min(WINDOW, len(ours))
        block = max(1, self.window // 2)
        # Every run of `window` characters holds a whole block of this grid, so most texts need only these few searches.
        self._grid = [ours[i : i + block] for i in range(0, len(ours) - block + 1, block + 1)]

    def stand_in(self, text: str) -> bool:
        return self.stand_in_lowered(text.translate(_LOWER))

    def stand_in_lowered(self, seen: str) -> bool:
        if self._nonce in seen:
            return True
        if not any(block in seen for block in self._grid):
            return False
        theirs = f"{self._question.material}\n{self._question.asked}".translate(_LOWER)
        runs = (self._instructions[i : i + self.window] for i in range(len(self._instructions) - self.window + 1))
        return any(run in seen and run not in theirs for run in runs)


class LeakWatch:
    """Releases the text of a stream as soon as it can no longer be part of a leak, whatever its pieces are."""

    def __init__(self, prompt: Prompt, findings: Findings | None = None) -> None:
        self._leaks, self._findings = Leaks(prompt), findings or Findings()
        self._longest = max(self._leaks.window, len(prompt.nonce))
        self._held = ""

    def feed(self, piece: str) -> str:
        """What of the text so far may go out now; ProviderBadAnswer as soon as it leaks."""
        self._held += piece
        seen = self._held.translate(_LOWER)
        if self._leaks.stand_in_lowered(seen):
            self._findings.refuse("instructions")
        held = self._suspicious(seen)
        out, self._held = self._held[: len(seen) - held], self._held[len(seen) - held :]
        return out

    def rest(self) -> str:
        """What was held back, at the end of the answer."""
        out, self._held = self._held, ""
        return out

    def _suspicious(self, seen: str) -> int:
        """The length of the longest end of `seen` that stands in our instructions, so could grow into a leak."""
        most = min(len(seen), self._longest - 1)
        return next((n for n in range(most, 0, -1) if seen[-n:] in self._leaks.ours), 0)
