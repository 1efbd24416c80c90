"""Three short texts of different kinds to try an operation on."""

SAMPLES = {
    "A report": (
        "The ferry between the two islands ran on batteries alone this winter. It made 1,904 crossings and missed "
        "eleven, nine of them because of storms. Charging takes seven minutes at each pier, which is as long as the "
        "cars need to leave and board. The old ship burned 900 litres of diesel a day; the electricity for the new "
        "one costs about a third of that. Residents asked for a later evening trip, and the company will try one in "
        "March. The council wants to know by summer whether a second ship is worth its price."
    ),
    "A review": (
        "I wanted to love this kettle. It looks wonderful, it is quiet, and the handle stays cool. But after three "
        "weeks the lid began to stick, and now I need a spoon to open it. The shop answered my letter within a day "
        "and offered a refund without a fuss, which was kind. I would buy there again, only not this kettle."
    ),
    "Meeting notes": (
        "Present: Design, Support, Operations. The new invoice page goes live on Tuesday, behind a switch. Support "
        "has seen forty tickets about wrong tax numbers; most come from customers with two addresses. Design will "
        "show the chosen address next to the number. Operations asked that the export be moved away from Monday "
        "morning, when the database is busiest. Nobody knows yet who owns the old export. Next meeting on Thursday."
    ),
}
