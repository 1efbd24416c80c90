"""How a sentence opens: with something of its own, or leaning on the sentence before."""

import re

_CONNECTIVES = (
    "however|also|moreover|furthermore|therefore|thus|hence|meanwhile|instead|nevertheless|nonetheless"
    "|besides|additionally|consequently|accordingly|similarly|likewise|still|finally|then|next|in addition"
    "|as a result|in contrast|by contrast|on the other hand|on the one hand|for example|for instance"
    "|in fact|in other words|after all|at the same time|in particular|of course|first|second|third|firstly"
    "|secondly|lastly|unfortunately|fortunately|that said|even so"
)
_CONCLUSION = r"(?:overall|all in all|in short|in sum|in summary|to sum up|in conclusion|to conclude|on balance)\b,? "
_CONNECTIVE = re.compile(
    rf"(?:(?:and|but|so) )?(?:{_CONNECTIVES}), |(?:and|but|so|yet|or) (?!far\b|much\b|many\b)|{_CONCLUSION}",
    re.IGNORECASE,
)
_CONCLUDING = re.compile(_CONCLUSION, re.IGNORECASE)
_LEANING = re.compile(
    r"(?:\w+ ){0,3}(?:he|she|they|him|them)\b"
    r"|(?:it|his|her|hers|its|their|this|that|these|those|such|the former"
    r"|the latter|both|others|er|sie|dies|diese|dieser|dieses|il|elle|ils|elles|ella|ellos)\b",
    re.IGNORECASE,
)


def without_connective(sentence: str) -> str:
    """`However, the fan is loud.` as `The fan is loud.`"""
    rest = _CONNECTIVE.sub("", sentence, count=1) if _CONNECTIVE.match(sentence) else sentence
    return rest[:1].upper() + rest[1:] if rest and rest != sentence else sentence


def leans(sentence: str) -> bool:
    """Whether it opens with a connective or a pronoun, so that it wants the sentence before."""
    return bool(_CONNECTIVE.match(sentence) or _LEANING.match(sentence.lstrip("\"'“‘")))


def concludes(sentence: str) -> bool:
    """Whether it says of itself that it sums up: `Overall I am happy.`"""
    return bool(_CONCLUDING.match(sentence))
