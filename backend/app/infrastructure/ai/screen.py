"""Input screening: notice texts that try to instruct the model. The text itself is never changed.

A tripwire, not the defence: isolation of the material, typed answers and authority in code are. This first version
knows a few plain signs; it reports which one it saw to operators and nothing to the caller.
"""

import re
from typing import Literal

from app.core.errors import PromptInjection
from app.core.events import Hook, Screened

from .question import Question

Policy = Literal["off", "flag", "block"]

_SIGNS = {
    "chat_template": re.compile(
        r"<\|(?:im_start|im_end|system|user|assistant|eot_id)\|>|\[/?inst\]|<</?sys>>|<start_of_turn>"
    ),
    "instruction_override": re.compile(
        r"\b(?:ignore|disregard|forget|override)\b[^.!?\n]{0,30}\b(?:previous|prior|above|earlier|preceding|all|your)\b"
        r"[^.!?\n]{0,30}\b(?:instructions?|rules|directions|prompts?|guidelines)\b"
    ),
    "prompt_extraction": re.compile(
        r"\b(?:reveal|show|print|repeat|output|tell me)\b[^.!?\n]{0,20}\b(?:your|the)\b[^.!?\n]{0,20}"
        r"\b(?:system prompt|hidden prompt|initial instructions|system message)\b"
    ),
}


class Screen:
    def __init__(self, policy: Policy, hook: Hook) -> None:
        self.policy: Policy = policy
        self._hook = hook

    def check(self, question: Question[object]) -> bool:
        """Whether the material was flagged; PromptInjection when the policy is to block it."""
        if self.policy == "off":
            return False
        rule = _first_sign(question.material) or _first_sign(question.asked)
        if rule is None:
            return False
        blocked = self.policy == "block"
        self._hook(Screened(question.name, "blocked" if blocked else "flagged", rule))
        if blocked:
            raise PromptInjection
        return True


def _first_sign(text: str) -> str | None:
    lowered = text.lower()
    return next((rule for rule, sign in _SIGNS.items() if sign.search(lowered)), None)
