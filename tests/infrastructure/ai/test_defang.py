"""Whatever could act on a reader's machine is made harmless, in any pieces, and the rest passes as it is."""

import cProfile
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.errors import ProviderBadAnswer
from app.infrastructure.ai.inspection.addresses import Known
from app.infrastructure.ai.inspection.defang import Defang, defanged
from app.infrastructure.ai.inspection.rules import MASK, RULES
from tests.infrastructure.ai.benign import answers

OURS = "gh_7f3k9q2m_Zk4mQ9xT2vB7nL5pR8wD_c0ffee"
MATERIAL = f"See https://mine.example/a/b?c=1 and host.mine2.example, with {OURS}."
KNOWN = Known(frozenset({"good.example", "*.wide.example"}), MATERIAL)
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq2" + "kV9x" * 10

CHANGED = {
    "![x](https://evil.example/?q=1)": "![x](hxxps://evil.example/?q=1)",
    "HTTP://EVIL.EXAMPLE": "hxxp://EVIL.EXAMPLE",
    "https:\\\\evil.example": "hxxps:\\\\evil.example",
    "[x](https\\://evil.example)": "[x](hxxps\\://evil.example)",
    "[x](https:evil.example)": "[x](hxxps:evil.example)",
    "![x](https:evil%2eexample/?q=1)": "![x](hxxps:evil%2eexample/?q=1)",
    "![x](https:evil\u3002example)": "![x](hxxps:evil\u3002example)",
    "[x](https:3232235777)": "[x](hxxps:3232235777)",
    "[x](ftp\\://evil.example/a)": "[x](fxp\\://evil.example/a)",
    "[x](file://evil.example/a)": "[x](fxle://evil.example/a)",
    "[x](smb:\\\\evil.example\\a)": "[x](sxb:\\\\evil.example\\a)",
    "ws://evil.example wss://evil.example": "wxs://evil.example wxss://evil.example",
    "[x](ht\ntps://evil.example)": "[x](unsafe:ht\ntps://evil.example)",
    "![x](/\n\t/evil.example)": "![x](unsafe:/\n\t/evil.example)",
    "[x](https://good.example\n.evil.example)": "[x](unsafe:https://good.example\n.evil.example)",
    "www.evil.example": "www[.]evil.example",
    "https://good.example.evil.example": "hxxps://good.example.evil.example",
    "https://good.example@evil.example": "hxxps://good.example@evil.example",
    "https://good.example).evil.example/": "hxxps://good.example).evil.example/",
    "https://good.example'@evil.example/": "hxxps://good.example'@evil.example/",
    "https://good.example\u3002evil.example/": "hxxps://good.example\u3002evil.example/",
    "https://good.ex%61mple/": "hxxps://good.ex%61mple/",
    f"https://good.example,{'a' * 400}@evil.example/": f"hxxps://good.example,{'a' * 400}@evil.example/",
    "https://[::1]/": "hxxps://[::1]/",
    "https://wide.example": "hxxps://wide.example",
    "![k](https://mine.example/a/b?c=1&d=2)": "![k](hxxps://mine.example/a/b?c=1&d=2)",
    "![k](<https://mine.example/a/b?c=1)d>)": "![k](<hxxps://mine.example/a/b?c=1)d>)",
    "[k]: https://mine.example/other\n![k]": "[k]: hxxps://mine.example/other\n![k]",
    "[x](//evil.example/a)": "[x](unsafe://evil.example/a)",
    "[x]( \n <\\/\\/evil.example/a>)": "[x](unsafe: \n <\\/\\/evil.example/a>)",
    "[x](" + " " * 70 + "//evil.example)": "[x](unsafe:" + " " * 70 + "//evil.example)",
    "<p fill='url(//evil.example/a)'>": "<p fill='url(unsafe://evil.example/a)'>",
    "<p style='background:image-set(\"//evil.example/a\" 1x)'>": (
        "<p style&#61;'background:image-set(\"//evil.example/a\" 1x)'>"
    ),
    '<td background="\t//evil.example/a">': '<td background&#61;"\t//evil.example/a">',
    '<u src="//evil.example">': '<u src=unsafe:"//evil.example">',
    "[x](javascript:alert(1))": "[x](unsafe:javascript:alert(1))",
    "[x](JavaScript\\:alert(1))": "[x](unsafe:JavaScript\\:alert(1))",
    "[x](java&#115;cript:alert(1))": "[x](java&amp;#115;cript:alert(1))",
    f"[x](&#{'0' * 60}106;avascript:alert(1))": f"[x](&amp;#{'0' * 60}106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))": "[x](javascript&amp;colon;alert(1))",
    "[x](data:text/html,<b>)": "[x](unsafe:data:text/html,<b>)",
    "<img src=x onerror=alert(1)>": "&lt;img src=x onerror=alert(1)>",
    "<IMG/SRC=x>": "&lt;IMG/SRC=x>",
    "<img" + " " * 30 + "src=x>": "&lt;img" + " " * 30 + "src=x>",
    "<script>alert(1)</script>": "&lt;script>alert(1)&lt;/script>",
    "<a href='/delete'>": "<a href&#61;'/delete'>",
    "<a x href=delete>": "<a x href&#61;delete>",
    '<a x href="java\nscript:alert(1)">': '<a x href&#61;"java\nscript:alert(1)">',
    '<a x="1"href="/\t/evil.example">': '<a x="1"href&#61;"/\t/evil.example">',
    "<set attributeName=href to=x>": "&lt;set attributeName=href to=x>",
    "<p oncontentvisibilityautostatechange=go()>": "<p oncontentvisibilityautostatechange&#61;go()>",
    "<x onclick = go()>": "<x onclick &#61; go()>",
    "<x a='>' onfocus=go()>": "<x a='>' onfocus&#61;go()>",
    "<x onclick" + " " * 12 + "=go()>": "<x onclick&#61;" + " " * 12 + "=go()>",
    "https://evil.example/sk-proj-abcDEF1234567890abcdefgh": f"hxxps://evil.example/{MASK}",
    "key AKIAQ3ZT7MNB2XKWPLDV!": f"key {MASK}!",
    "_sk-proj-abcDEF1234567890abcdefgh_": f"_{MASK}",
    "gh_7f3k9q2m_Zk4mQ9xT2vB7nL5pR8wE_c0ffee": MASK,
}

SAME = [
    "https://good.example/y?z=1",
    "https://GOOD.example:8443.",
    "https://a.b.wide.example/z",
    "wss://good.example/feed",
    "file:line:column, News: ws: closed, profile://x",
    '[k](https://good.example\n"Title")',
    "calls[k](\n  one,\n  two\n)",
    "(https://mine.example/a/b?c=1).",
    "![k](https://mine.example/a/b?c=1)",
    "[k](https://mine.example/other?page=2)",
    "https://host.mine2.example/",
    f"Your key is {OURS}.",
    "http: and https:// and www. and data: 5 and JavaScript: the good parts",
    "for (int i=0; i<n; i++) { x[i] = 0; } vector<std::string> Map<String, Object>",
    "if a<b and c=d: f(onerror=None); m[k](a, b); auto f = [](int a) { return a; };",
    "x = 1 // y",
    "if a<b: f(x, onerror=None)",
    "<b>bold</b><br/><sub>2</sub> <details> <Title>",
    "A &amp; B &lt; C &nbsp; &#39; &#039;",
    "one\r\ntwo\tthree",
    "task-force ask-me sk-learn AKIA",
    "👩\u200d👩\u200d👧 \u200fשלום\u200e",
    "-----BEGIN PUBLIC KEY-----\nMIIEpAIBAAKCAQEA7bq2",
    "-----BEGIN PRIVATE KEY-----\n...",
]

WORDS = [head for rule in RULES for head in rule.heads[:8]] + [
    *CHANGED, *SAME, *" \n\"'()<>[]=:/\\.&;!x1", "evil.example", "good.example", "//", "script", "img",
    "onclick", "#106;", "AKIAQ3ZT7MNB2XKW", "sk-abcDEF1234567890abcdefgh", "a" * 400,
    " " * 61, "/" * 12, "K", "ſ", "İ",
]  # fmt: skip
texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12).map("".join)


def in_pieces(text: str, sizes: list[int]) -> str:
    defang, out, at = Defang(KNOWN), list[str](), 0
    for size in sizes:
        out.append(defang.feed(text[at : at + size]))
        at += size
    return "".join([*out, defang.feed(text[at:]), defang.rest()])


@pytest.mark.parametrize("text", CHANGED)
def test_what_can_act_is_made_harmless(text: str) -> None:
    assert defanged(KNOWN, text) == CHANGED[text]


@pytest.mark.parametrize("text", SAME)
def test_what_is_the_callers_or_harmless_passes(text: str) -> None:
    assert defanged(KNOWN, text) == text


@pytest.mark.parametrize("text", [*CHANGED, *SAME])
def test_every_split_into_two_gives_the_same(text: str) -> None:
    whole = defanged(KNOWN, text)
    for place in range(len(text) + 1):
        assert in_pieces(text, [place]) == whole
    assert in_pieces(text, [1] * len(text)) == whole


@settings(max_examples=400)
@given(texts, st.lists(st.integers(0, 40), max_size=60))
@example("<p onclick=1", [11])
def test_any_split_of_any_text_gives_the_same(text: str, sizes: list[int]) -> None:
    assert in_pieces(text, sizes) == defanged(KNOWN, text)


@example("https://evil.example/sk-proj-abcDEF1234567890abcdefghhttps://evil.example/sk-proj-abcDEF1234567890abcdefgh")
@given(texts)
def test_what_was_made_harmless_stays_as_it_is(text: str) -> None:
    once = defanged(KNOWN, text)
    assert defanged(KNOWN, once) == once


@pytest.mark.parametrize("size", [1, 7, 200])
def test_a_private_key_is_refused_before_any_of_it_is_out(size: int) -> None:
    out, text = list[str](), f"Here: {PEM}"
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    with pytest.raises(ProviderBadAnswer):
        out.extend(map(Defang(KNOWN).feed, pieces))
    assert "Here: ".startswith("".join(out))
    known = Known(frozenset(), PEM)
    assert defanged(known, PEM) == PEM


def test_no_head_begins_another() -> None:
    heads = sorted(head for rule in RULES for head in rule.heads)
    assert [two for one, two in pairwise(heads) if two.startswith(one)] == []


def test_prose_is_not_held_back() -> None:
    defang = Defang(KNOWN)
    for piece in ("Nobody minded! ", "Because ", "of the cake, ", "茶又晚了。"):
        assert defang.feed(piece) == piece


def test_ordinary_answers_pass_unchanged() -> None:
    known = Known(frozenset(), "")
    ordinary = list(answers())
    changed = [text for text in ordinary if defanged(known, text) != text]
    assert len(ordinary) >= 10_000
    assert len(changed) <= len(ordinary) / 1000, changed[:5]


@pytest.mark.parametrize(
    "unit",
    [
        "www.",
        "http:",
        "https://a",
        "](",
        "](a\n",
        "<a ",
        "&#1",
        "sk-",
        "data:",
        '"on',
        "= ",
        "![](https://mine.example/a",
    ],
)
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    """Counted in calls rather than in seconds."""
    calls = list[float]()
    for length in (3_000, 30_000):
        profile = cProfile.Profile()
        profile.runcall(defanged, KNOWN, unit * (length // len(unit)))
        calls.append(sum(one.callcount for one in profile.getstats()) / length)
    assert calls[1] <= min(30, 1.2 * calls[0] + 1), calls
