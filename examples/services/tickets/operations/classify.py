from pydantic import BaseModel, Field

from app.infrastructure.ai import Question
from app.operations import Options, operation

from ..labels import LONGEST, Labels, asked, name_of
from ..matching import best_label
from ..urgency import Urgency, signs_of_urgency

TASK = """\
Sort the support ticket of the material into one of the labels that the question block lists; words after a colon say \
what belongs there. Give the label's name alone, exactly as written. When several fit, take the one that the customer \
needs solved first; when none does, take the last. Urgency is critical when many are affected or data or money is \
lost, high when the customer cannot go on, low when nothing has to be done soon, else normal. Give the reason in one \
sentence."""


class ClassifyOptions(Options):
    labels: Labels = Field(
        description="Your labels, the catch-all last; words after a colon say what belongs there",
        examples=[["Billing: invoice, charge, refund", "Account: login, password", "Delivery: parcel, late", "Other"]],
    )


class Classified(BaseModel):
    label: str = Field(min_length=1, max_length=LONGEST, description="The name of one of the labels")
    urgency: Urgency
    confidence: float = Field(ge=0, le=1)
    reason: str = Field(min_length=1, max_length=2000)


@operation(strategy="aggressive", ttl=86_400, degrades=True, tags=("tickets",))
def classify(text: str, options: ClassifyOptions) -> Question[Classified]:
    """Sort a support ticket into one of your labels, and say how urgent it is."""
    names = {name_of(label) for label in options.labels}
    return Question(Classified, TASK, text, asked(options.labels), check=lambda found: found.label in names)


@classify.offline
def _(text: str, options: ClassifyOptions) -> Classified:
    match, (urgency, sign) = best_label(text, options.labels), signs_of_urgency(text)
    reasons = [
        f"It shares {', '.join(match.words)} with the label." if match.words else "It shares no word with any label.",
        f'"{sign}" makes it {urgency}.' if sign else "Nothing in it speaks of haste or leisure.",
    ]
    return Classified(
        label=name_of(match.label), urgency=urgency, confidence=match.confidence, reason=" ".join(reasons)
    )
