"""The function words of English and of a few other languages."""


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENGLISH = word_set(
    """a an the and or but nor so if then than though although as because since while until unless when where who whom
    whose which what how why that this these those there here it its itself he him his she her hers they them
    their theirs we us our ours you your yours i me my mine is are was were be been being am do does did done
    have has had having will would can could shall should may might must not no of in on at to from by with
    without for about into onto over under after before between through during against among per via up down out
    off above below again also too very just only even still both each few more most other another some any such
    own same all every either neither one ones once now yet ever never always often already however therefore
    thus hence moreover furthermore meanwhile instead cannot don't doesn't didn't isn't aren't wasn't weren't can't
    won't it's i'm i've that's"""
)
"""The function words of English."""

_FOREIGN = word_set(
    """der die das den dem des ein eine einen einem einer und oder aber ist sind war waren wird werden wurde nicht
    auch auf mit für von zu zum zur im bei nach aus dass sich ich du er sie es wir ihr wie wer wann wo warum
    wenn noch nur sehr le la les un une et ou mais est sont était être ne pas plus que qui quoi dans sur avec
    pour par ce cette ces il elle nous vous je tu se au aux très el los las una y o pero son fue ser no en con
    por para como su sus lo al muy gli di e ma è sono non che per della del nel molto os um uma é são não em
    do da com het een van niet dat voor met zijn op te och att som är av inte på og ikke til"""
)
OTHERS = _FOREIGN - ENGLISH
"""Function words of a few other languages, as far as they are no English words."""

STOP_WORDS = ENGLISH | OTHERS
