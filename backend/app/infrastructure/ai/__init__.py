"""Questions to models, through one gateway."""

from .answer import ANSWERS, Answer
from .dialogue import Dialogue
from .gateway import Gateway
from .ledger import Ledger
from .models import Models
from .question import Phrase, Question
from .screening import Screen

__all__ = ["ANSWERS", "Answer", "Dialogue", "Gateway", "Ledger", "Models", "Phrase", "Question", "Screen"]
