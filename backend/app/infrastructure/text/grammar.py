"""Closed lists of English words that tell how a sentence is built, and who acts in it."""

from app.infrastructure.text.vocabulary import ENGLISH, word_set

BE = {"am": "is", "is": "is", "are": "is", "was": "was", "were": "was"}
"""To the form that `what` and `who` want."""

MODALS = word_set("will would can could shall should may might must")
PREPOSITIONS = word_set(
    """in on at to from by with without for about into onto over under after before between through during against
    among via of since until per across along around behind beyond despite like near off outside inside
    throughout toward towards upon within"""
)
SUBORDINATORS = word_set("when if because since while although though as once unless until after before where whether")
BREAKS_SUBJECT = word_set(
    """that which who whom whose what where when if because while although though than there this these those it he she
    they who's as so not to nobody nothing everything everybody anything"""
)
ADVERBS = word_set(
    "now also then still already often always never usually later soon again once just only recently therefore"
)
NO_ADVERBS = word_set("family supply reply assembly monopoly italy july ally butterfly anomaly")
HAVE = word_set("has have had")
AUXILIARIES = MODALS | HAVE | BE.keys()
CONJUNCTIONS = word_set("and but or")
DO = word_set("do does did don't doesn't didn't")
NUMBERS = word_set("two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty")
AFTER_VERB = (PREPOSITIONS | ENGLISH | NUMBERS) - AUXILIARIES - DO
"""What stands after a verb rather than after a noun that looks like one."""

DETERMINERS = word_set("a an the this that these those my our your his her its their no every each some any another")
NOUNS_TOO = word_set(
    """answer aim attack ban block call cause charge change check claim climb control cost cover crash cut damage deal
    delay demand design draw drink drive drop end escape estimate exhibit face fall fear feed fight film fit
    focus force form freeze fund gain guarantee help hit hold hope increase influence jump kill lack land launch
    lead limit link list live look love mark match matter measure move need note notice object offer open order
    pass plan play plant point present press process produce project promise purchase push raise range reach
    record release rent repair reply report request rescue rest result return review ride ring rise run sail
    save scan schedule search shake share show sign sleep slip split spread stand start state stay stick stop
    store strike study supply support surprise suspect switch talk test touch track trade train transfer travel
    treat trigger trust try turn update use view visit vote wait walk want wash watch wear welcome win wish
    wonder work worry"""
)
"""Verbs with forms that may be nouns, so that what follows must tell."""

FRONTED = PREPOSITIONS | SUBORDINATORS | word_set("last next today yesterday tomorrow meanwhile according")

LASTING = word_set("last take wait live stay work run continue")
PAYING = word_set("cost pay spend raise earn invest lose receive")
TAKES = {
    **dict.fromkeys(("worry", "complain"), "about"),
    **dict.fromkeys(("depend", "rely", "focus", "insist"), "on"),
    "wait": "for",
    "vote": "against",
}
"""Verbs whose object follows a preposition."""

PERSONAL = word_set(
    """agree approve argue believe buy criticise criticize decide elect fear hire hope marry oppose promise refuse
    resign smile tell think vote worry write"""
)
"""What only people do, alone or as councils and firms."""

LIVING = word_set(
    """announce answer arrive ask build call claim come conclude declare design discover drink eat explain feel find
    give go hear help invent join know lead leave live lose love make meet move pay plan play predict propose
    read recommend reject return run say see sell send sing sit sleep speak spend stand start study take teach
    thank travel try understand visit wait walk want warn wear win work"""
)
"""What people do and things may: asked with `who` where the subject is a name."""

TRANSITIVE = word_set(
    """say argue claim explain suggest conclude announce promise predict declare believe return convert fix raise
    replace achieve affect avoid bring build buy carry cause choose contain control create cut damage deliver
    design destroy develop discover enable exceed fund handle include increase introduce invent launch love make
    measure mention need offer own prevent produce propose protect provide publish receive recommend reduce
    reject replace report require reveal save sell show support use want win write approve see find fear
    multiply enter wrap describe explain study complete hate"""
)

PEOPLE = word_set(
    """agency author authorities brother buyers captain chairman children colleagues committee companies company
    council court critics customers developers director doctors dr drivers engineers experts fans farmers
    father firm firms government grandfather grandmother jury king leaders mayor members men minister ministry
    mother mr mrs ms officials operators owners parents parliament passengers patients people players police
    president professor queen readers researchers residents scientists sister students teachers team teams
    union users voters women workers"""
)
