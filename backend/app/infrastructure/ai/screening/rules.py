"""What gives an attempt away: word orders and marks, each with its weight in points.

A word order reads like a sentence with gaps: `override ~3 instructions|limits` is a word of the concept `override`,
then at most three words of any kind, then one of two other concepts, all in one sentence; `system?` may be missing.

The weights follow how often a rule is met in ordinary texts (manuals in ten languages, mails, commits, code, tables):
5, which flags alone, for orders to the model met in fewer than one of a thousand; 3 or 4 for rare signs that need one
more; 1 or 2 for what harmless role plays and articles about models share.
"""

import re
from collections.abc import Sequence

from .lexicon import CODES, END
from .matching import Rule, Rules

HIDDEN = 4
"""Points for what can be read only after decoding, in addition to what it says."""

ATTACK = CODES["attack"]
TALK = -15
"""Points for a text that talks about attacks, and so quotes them. It is flagged all the same."""


def _order(name: str, weight: int, sentence: str) -> Rule:
    words = [part for part in sentence.split() if part[0] != "~" and part[-1] != "?"]
    needs = tuple(tuple(CODES[concept] for concept in part.split("|")) for part in words)
    return Rule(name, weight, re.compile("".join(map(_part, sentence.split()))), needs)


def _part(part: str) -> str:
    if part.startswith("~"):
        return f"[^{END}]{{0,{part[1:]}}}?"
    concepts = part.removesuffix("?")
    return f"[{''.join(CODES[name] for name in concepts.split('|'))}]{part[len(concepts) :]}"


ORDERS = Rules(
    # instruction override
    _order("override_previous", 5, "override ~2 previous|all|your ~4 instructions|limits"),
    _order("override_told", 5, "override ~3 all|previous ~5 previous|learned|you|chat"),
    _order("override_rules", 5, "override ~3 instructions|limits"),
    _order("override_rest", 5, "override ~2 all ~3 task|document|chat|previous"),
    _order("override_task", 4, "override ~4 task|document|chat"),
    _order("not_obey", 5, "no ~1 obey ~3 previous|your|all|instructions ~3 instructions|limits|chat|document|learned"),
    _order("new_task", 1, "new instructions|task"),
    _order("real_task", 3, "your ~2 new|only ~1 instructions|task"),
    _order("only_say", 1, "only ~1 say|reveal|answer"),
    _order("answer_only", 2, "answer|say ~2 only|as"),
    # prompt extraction
    _order("reveal_prompt", 5, "reveal ~4 your|system|previous ~2 instructions|system"),
    _order("say_prompt", 3, "say|answer ~4 your|system|previous ~1 system? instructions"),
    _order("system_prompt", 3, "system instructions"),
    _order("your_instructions", 3, "your ~1 system|previous? instructions"),
    _order("repeat_above", 3, "reveal|say ~3 chat|document|all ~1 previous"),
    _order("say_system", 4, "say|reveal ~3 system|your ~1 chat"),
    _order("above_repeated", 5, "reveal|say ~2 previous ~1 chat|document"),
    _order("ask_prompt", 3, "ask ~3 your ~1 system|previous? instructions"),
    _order("ask_secret", 3, "ask|reveal ~3 system credential"),
    _order("repeat_instructions", 3, "reveal ~1 instructions ~2 learned"),
    _order("reveal_secret", 3, "reveal|say ~4 credential"),
    _order("secret_told", 3, "reveal|say ~3 credential ~6 you|your"),
    _order("you_told", 2, "you ~2 learned"),
    # role change
    _order("from_now_on", 3, "from ~1 now"),
    _order("you_are_now", 3, "you ~1 now"),
    _order("now_act", 3, "you ~3 now ~4 act|as|persona|model|unbound"),
    _order("act_as", 2, "act ~2 as|you|persona|model"),
    _order("act_model", 3, "act ~4 model|unbound|dan"),
    _order("told_to_act", 2, "you ~3 act"),
    _order("want_you", 1, "want you"),
    _order("in_persona", 2, "always|no|obey|answer ~4 persona"),
    _order("answer_as", 1, "answer ~2 as"),
    _order("admin_claim", 2, "admin ~2 admin|instructions"),
    _order("mode_on", 3, "admin|dan ~1 mode"),
    # personas without limits
    _order("persona_named", 1, "persona ~3 model|unbound|dan|answer|no"),
    _order("your_limits", 2, "your ~1 limits"),
    _order("no_limits", 2, "no ~3 limits|instructions|harm"),
    _order("unbound", 2, "unbound"),
    _order("you_unbound", 2, "you ~4 unbound"),
    _order("you_no", 3, "you ~2 no ~3 limits|refuse|instructions|obey|harm"),
    _order("harm", 2, "harm ~6 harm"),
    _order("say_harm", 3, "say|reveal ~2 harm"),
    _order("no_refusal", 2, "always|no ~3 refuse"),
    _order("never_refuse", 2, "always ~1 refuse"),
    _order("always_no", 1, "always ~6 no"),
    _order("dan", 2, "dan ~6 mode|model|answer|as|dan"),
    # the model itself is spoken to
    _order("model_named", 1, "model"),
    _order("model_told", 2, "you ~3 model|dan"),
    _order("model_must", 1, "model ~3 always|obey"),
    _order("model_reads", 2, "model ~3 reads"),
    _order("model_noted", 3, "note ~4 model"),
    _order("model_no", 2, "model ~6 no|harm|unbound|limits"),
    _order("obey_me", 2, "obey ~3 all|your|previous|new ~3 instructions|user"),
    _order("you_must", 1, "you ~2 always"),
    _order("your_answer", 1, "your ~2 answer"),
    _order("tell_user", 2, "say|reveal ~1 user"),
    # exfiltration
    _order("send_link", 3, "send ~8 link"),
    _order("send_chat", 3, "send ~6 chat|credential"),
)
"""Searched in the codes of the words."""


def _mark(name: str, weight: int, pattern: str, *needs: Sequence[str]) -> Rule:
    return Rule(name, weight, re.compile(pattern, re.VERBOSE), tuple(map(tuple, needs)))


MARKS = Rules(
    _mark(
        "chat_template",
        5,
        r"<\|[a-z_ ]{2,24}\|> | \[/?inst\] | <</?sys>> | <(?:start|end)_of_turn>",
        "<[",
        ("<|", "[inst]", "[/inst]", "<<sys", "<</sys", "<start_of", "<end_of"),
    ),
    _mark(
        "system_tag",
        5,
        r"""[\[<{\#] (?:(?<!\#) | (?<=\#)\#{1,4}) [ ]? /?
        (?:system|assistant|developer|important|information|admin|instructions?|override)
        (?:[ _#:-](?!prop)[a-z_ ]{1,30})? [ ]? (?:\](?!\(h) | >(?!=) | } | :)""",
        "[<{#",
        "]>}:",
        ("system", "assistant", "developer", "instruction", "information", "important", "admin", "override"),
    ),
    _mark(
        "fake_turn",
        5,
        r"(?:^|\n) [ \t>*\[\#-]{0,6} (?:system|assistant|human|ai|chatgpt|gpt) [\]*]{0,3} [ ]? :",
        ":",
        ("system:", "system]", "assistant:", "human:", "ai:", "gpt:"),
    ),
    _mark(
        "fake_end",
        3,
        r"""end [ _-] (?:of[ _-])? (?:the[ _-])?
        (?:document|session|text|prompt|context|input|user|data|instructions?|conversation|article|email|material)\b""",
        ("end ", "end_", "end-"),
    ),
    _mark(
        "fake_close",
        3,
        "</(?:document|data|context|user_input|input|material|article|email|prompt|instructions?)>",
        "<",
        ("</",),
    ),
    _mark(
        "quoted_order",
        3,
        r"\b(?:say|print|output|respond|reply|answer|repeat|write) (?:[ ][a-z]{2,10}){0,3} :? [ ] (?:[\"'«]|<<) [a-z]",
        "\"'<",
        (' "', " '", " <<"),
        ("say", "print", "output", "respond", "reply", "answer", "repeat", "write"),
    ),
    _mark(
        "slot",
        3,
        r"""[\[<{(] (?:insert|enter|your|my|user|the)? [ _]? (?:[a-z]{1,12}[ _])? (?:prompt|question|query|request)
        (?:[ _]here)? [.:]? [\]>})]""",
        "[<{(",
        "]>})",
        ("prompt", "question", "query", "request"),
    ),
    _mark("link_slot", 4, r"[?&][a-z0-9_.-]{1,30}=(?:%5b|[\[{<])[ ]?[a-z]", "?&", "=", ("http",)),
    _mark("shown_image", 1, r"!\[[^\[\]\n]{0,80}\]\(https?://[^)(\s]{1,200}[?=]", "!", ("![",), ("](http",)),
)
"""Searched in the folded text."""

INVISIBLE = Rules(
    _mark("tag_characters", 4, "[\U000e0020-\U000e007e]{12}", "\U000e0020\U000e0061\U000e0065"),
)
"""Searched in the text as it came."""

HINTS = Rules(
    _mark("escapes", 0, r"%(?:20|69) | &\# | \\(?:x|u00)", "%&\\"),
    _mark("joined", 0, r"[\"'] [ ] \+", "+"),
)
"""Signs, cheap and often wrong, that a text is worth reading in the spelling of that name."""
