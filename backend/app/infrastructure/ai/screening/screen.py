"""What is done about a suspicious question: nothing, a flag, or a refusal. The text itself is never changed."""

from typing import Literal

from app.core.errors import PromptInjection
from app.core.events import Hook, Screened
from app.infrastructure.ai.question import Question

from .detector import BLOCK, FLAG, Assessment, Detector

Policy = Literal["off", "flag", "block"]


class Screen:
    """A tripwire, not the defence: isolation of the material, typed answers and authority in code are.

    `policy` is for what the caller sends, `retrieved` for material that we fetched; by default they are the same.
    """

    def __init__(
        self, policy: Policy, hook: Hook, *, retrieved: Policy | None = None, detector: Detector | None = None
    ) -> None:
        self.policy: Policy = policy
        self.retrieved: Policy = policy if retrieved is None else retrieved
        self._hook, self._detector = hook, detector

    async def check(self, question: Question[object]) -> bool:
        """Whether something was flagged; PromptInjection where the policy is to block what is as clear as this."""
        material = self.retrieved if question.retrieved else self.policy
        flagged = [
            await self._suspect(question.name, text, policy)
            for text, policy in ((question.material, material), (question.asked, self.policy))
            if text and policy != "off"
        ]
        return any(flagged)

    async def _suspect(self, operation: str, text: str, policy: Policy) -> bool:
        found = await self._assess(text)
        if found.score < FLAG:
            return False
        blocked = policy == "block" and found.score >= BLOCK
        self._hook(Screened(operation, "blocked" if blocked else "flagged", found.rule))
        if blocked:
            raise PromptInjection
        return True

    async def _assess(self, text: str) -> Assessment:
        from .scorer import assess  # its rules take a sixth of FastAPI's own time to import

        found = assess(text, explain_from=FLAG)
        if self._detector is None or found.score >= BLOCK:
            return found
        return max(found, await self._detector.assess(text), key=lambda one: one.score)
