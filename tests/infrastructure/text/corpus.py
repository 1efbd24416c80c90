"""Texts of the kinds that people send, and some that only an adversary would."""

SOLAR = (
    "Solar power grew faster than any other source of electricity last year. Prices of panels fell by a third, and the "
    "new plants went up in months. Grid operators now worry about the evening, when the sun sets and demand peaks. "
    "Batteries are the answer that most of them choose."
)

NEWS = """The city council of Harlow approved a plan on Tuesday to rebuild the old tram line between the harbour
and the central station. The vote ended four years of argument about the cost of the project, which has risen to
$86 million since it was first proposed in 2019.

Mayor Anna Lindqvist said the line will carry 14,000 passengers a day and take 3,000 cars off the road. "This is
the largest investment in public transport that our city has made in half a century," she told reporters after the
meeting. Work will begin in March 2027, and the first trams are expected to run two years later.

Critics argue that the money would be better spent on housing. Rents in the city rose by 12 percent last year, and
more than 900 families are waiting for a flat. Council member Raj Patel voted against the plan because it includes
no money for the eastern districts. He called it a gift to the people who already live close to everything.

Shop owners along the route are divided. Some hope that the trams will bring back customers who now drive to the
shopping centre outside the town. Others fear that two years of building work will ruin them before the first tram
arrives. The council has set aside $2 million to compensate businesses that lose income while the street is
closed.

The state government will pay for half of the project. Dr. Ellen Moore, who leads the transport office, said the
rest will come from a bond that the city plans to sell next spring. However, the bond still needs the approval of
the finance committee, which meets on 4 May.
"""

REVIEW = """I bought this laptop three weeks ago to replace a machine that was seven years old. The screen is
excellent: it is bright enough to work outside, and the colours look natural. I also love the keyboard, which is
quiet and has a pleasant travel. The battery lasts about eleven hours when I write and browse, so I leave the
charger at home now.

However, the fan gets loud as soon as I open more than a few programs. The webcam is disappointing, and my
colleagues ask me in every meeting whether I am sitting in the dark. The speakers are fine for speech but thin for
music.

Setting it up took twenty minutes. One of the hinges was loose when the laptop arrived, and customer support
answered within a day and sent a new one for free. They were friendly and did not ask me to prove anything. The
case is made of aluminium and feels solid, although it collects fingerprints.

The price of $1,150 is a little high because you pay for the brand. A cheaper model from the same maker has the
same processor and only half the memory. Overall I am very happy with it and would buy it again. I recommend it to
anybody who writes a lot and rarely edits videos.
"""

TECHNICAL = """A circuit breaker prevents an application from repeatedly calling a service that is likely to fail.
It wraps the call in an object that counts failures. When the number of failures exceeds a threshold, the breaker
opens and calls fail immediately with an error. This gives the failing service time to recover and protects the
threads of the caller.

After a recovery timeout of 60 seconds the breaker enters the half-open state. It then allows a limited number of
probe calls. If the probes succeed, the breaker closes again and traffic returns to normal. If one of them fails,
the breaker opens for another period.

Timeouts are necessary as well, because a call that hangs never reports a failure. Without a timeout one slow
dependency can exhaust the thread pool and kill the process. Retries with exponential backoff handle short faults,
but they multiply the load on a service that is already overloaded. The breaker therefore sits inside the retry
loop, so that an open breaker ends the retries at once.

The state of a breaker is local to a process. A fleet of ten processes opens ten breakers, each after its own
failures. Sharing the state in Redis adds a network call to every request, and the shared store becomes a
dependency that can fail. Most teams keep the state local and publish it as a metric.
"""

STORY = """Mara had not slept for two days when she reached the lighthouse. The door stood open. Inside, a kettle
was whistling on the stove, and two cups were waiting on the table. "You are late," said a voice from the stairs.
She dropped her bag. Her grandfather came down slowly, one hand on the rail, exactly as he had looked in the
photograph from 1962. He poured the tea. He asked about the boat, the storm and the letter, but he never asked why
she had come. When the lamp above them began to turn, Mara understood that nobody had lit it for sixty years."""

MEETING = """# Weekly sync, 12 March
Present: Ana, Bo, Chiara

- Release 2.4 slips by one week because the payment tests fail on the new gateway.
- Bo will ask the vendor for a fix by Thursday.
- Support received 140 tickets about the login page; most of them report that the reset email never arrives.
- Decision: we switch the email provider on 20 March.
- Chiara writes the migration guide and sends it to all customers.
- The hiring budget was cut by a quarter, so the second backend position is frozen until July.
"""

GERMAN = """Der Stadtrat hat am Dienstag den Haushalt für das kommende Jahr beschlossen. Dr. Weber sprach von
einem guten Tag für die Stadt, z. B. wegen der neuen Schulen. Die Bauarbeiten an der Brücke beginnen am 5. Mai und
dauern etwa zwei Jahre. Die Opposition kritisierte, dass für die Bibliothek kein Geld übrig bleibt. Der
Bürgermeister versprach, im Herbst noch einmal über die Bibliothek zu reden."""

CHINESE = (
    "北京的地铁每天运送一千万名乘客。去年开通了三条新线路，总长度超过八百公里。市政府计划在2030年之前再修建五条线路。"
    "专家认为，地铁减少了城市的空气污染。很多乘客说：“早上的车厢太拥挤了！”因此运营公司决定增加高峰时段的列车。"
)

SHOPPING = """Things to buy:
* milk
* two loaves of bread
* a lamp for the kitchen

1. Call the electrician
2. Pay the rent
"""

ORDINARY = {
    "solar": SOLAR,
    "news": NEWS,
    "review": REVIEW,
    "technical": TECHNICAL,
    "story": STORY,
    "meeting": MEETING,
    "german": GERMAN,
    "chinese": CHINESE,
    "shopping": SHOPPING,
}

LENGTH = 10_000


def _fill(pattern: str) -> str:
    return (pattern * (LENGTH // len(pattern) + 1))[:LENGTH]


HOSTILE = {
    "one word": _fill("x"),
    "one-letter sentences": "".join(f"{chr(97 + i % 26)}." for i in range(LENGTH // 2)),
    "one-letter sentences apart": "".join(f"{chr(65 + i % 26)}. " for i in range(LENGTH // 3)),
    "line breaks": "\n" * LENGTH,
    "full stops": _fill("."),
    "full stops apart": _fill(". "),
    "stops and quotes": "." * (LENGTH // 2) + '"' * (LENGTH // 2),
    "brackets": _fill("("),
    "titles": _fill("Dr. "),
    "spaces": _fill(" "),
    "tabs and words": _fill("word \t \n "),
    "no punctuation": _fill("the people want more water and the city builds another well "),
    "commas": _fill("a, "),
    "because": _fill("because "),
    "verbs": _fill("He said was approved by "),
    "numbers": _fill("12 345,678.9 "),
    "months": _fill("in March 2027 "),
    "feelings": _fill("not very bad good great "),
    "different words": " ".join(f"w{i:x}" for i in range(LENGTH))[:LENGTH],
    "two-word sentences": "".join(f"Cat {i:x}. " for i in range(LENGTH))[:LENGTH],
    "same sentence": _fill("The council approved the plan in March because rents rose by 12 percent. "),
    "emoji": _fill("😀❤️🇩🇪"),
    "code": _fill("def f(x):\n    return {k: v for k, v in x.items() if k != 'a.b'}\n"),
    "right to left": _fill("ذهب الولد إلى المدرسة. هل وصل؟ نعم، وصل مبكرا. "),
    "chinese without stops": _fill("北京的地铁每天运送一千万名乘客"),
    "combining marks": _fill("e\u0301\u0323"),
    "controls": _fill("\x00\x07\u200b\u202e\ufeff a"),
}
