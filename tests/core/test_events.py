"""Events reach those who asked for their kind."""

from app.core.events import CacheLookup, Degraded, Events, FlightFollowed, ignore


def test_listeners_hear_their_kind_in_the_order_they_came() -> None:
    events, heard = Events(), []
    events.on(Degraded, lambda e: heard.append(("first", e.reason)))
    events.on(Degraded, lambda e: heard.append(("second", e.reason)))
    events.on(FlightFollowed, lambda e: heard.append(("other", e.scope)))
    events(Degraded("a.b", "circuit_open"))
    assert heard == [("first", "circuit_open"), ("second", "circuit_open")]


def test_an_event_nobody_asked_for_is_no_error() -> None:
    Events()(CacheLookup("l1", "hit"))


def test_ignore_takes_anything() -> None:
    ignore(object())
