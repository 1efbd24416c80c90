"""From headers to a caller, or a refusal that is reported."""

import pytest

from app.core.errors import AppError, BadRequest, MistypedKey, NotAuthenticated, RateLimited, UnknownKey
from app.core.events import AccessRefused
from app.infrastructure.security import ORDINARY, Doorkeeper, RateLimit
from app.infrastructure.security.doorkeeper import FAILURES_PER_MINUTE
from app.infrastructure.security.keys import Keyring
from tests.support.clock import FakeClock

KEY, OTHER = "first-client-q8w3", "second-client-z1x4"
Headers = list[tuple[bytes, bytes]]


class Door:
    """A doorkeeper with a clock to move, and what it reported."""

    def __init__(self) -> None:
        self.clock, self.heard = FakeClock(), list[object]()
        ring = Keyring()
        ring.add([KEY, OTHER], ORDINARY)
        requests, failures = (RateLimit(most, 60, self.clock) for most in (2, FAILURES_PER_MINUTE))
        self.keeper = Doorkeeper(ring, requests, failures, self.heard.append)

    async def knock(self, key: str, peer: str = "1.2.3.4") -> str:
        return (await self.keeper.identify([(b"x-api-key", key.encode("latin-1"))], peer, "/tea")).id


def bearer(key: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {key}".encode()


def x_api_key(key: str) -> tuple[bytes, bytes]:
    return b"x-api-key", key.encode()


@pytest.mark.parametrize(
    "headers",
    [
        [bearer(KEY)],
        [x_api_key(KEY)],
        [x_api_key(f" {KEY} ")],
        [(b"authorization", f"bEARER  {KEY}".encode())],
        [bearer(KEY), x_api_key(KEY)],
        [(b"accept", b"*/*"), x_api_key(KEY)],
    ],
)
async def test_a_key_is_found_wherever_it_may_stand(headers: Headers) -> None:
    door = Door()
    assert (await door.keeper.identify(headers, "1.2.3.4", "/tea")).scopes == ORDINARY
    assert door.heard == []


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ([], NotAuthenticated),
        ([x_api_key("")], NotAuthenticated),
        ([(b"authorization", b"")], NotAuthenticated),
        ([(b"authorization", KEY.encode())], NotAuthenticated),
        ([(b"authorization", f"Basic {KEY}".encode())], NotAuthenticated),
        ([bearer(KEY), x_api_key(OTHER)], NotAuthenticated),
        ([x_api_key(KEY), x_api_key(OTHER)], NotAuthenticated),
        ([x_api_key(KEY), x_api_key(KEY)], NotAuthenticated),
        ([bearer(KEY), bearer(KEY)], NotAuthenticated),
        ([bearer(KEY), x_api_key(KEY), x_api_key(KEY)], NotAuthenticated),
        ([x_api_key("gh_12345678_abcdef_000000")], MistypedKey),
        ([bearer("x" * 513)], BadRequest),
        ([bearer("x" * 512)], UnknownKey),
        ([(b"x-api-key", b"\xff\xfe" * 10)], UnknownKey),
    ],
)
async def test_other_headers_are_refused_and_reported(headers: Headers, refusal: type[AppError]) -> None:
    door = Door()
    with pytest.raises(refusal):
        await door.keeper.identify(headers, "1.2.3.4", "/tea")
    assert door.heard == [AccessRefused(refusal.code(), "1.2.3.4", "/tea")]


async def exhaust(door: Door, peer: str = "1.2.3.4") -> None:
    """Guess wrong as often as one may."""
    for number in range(FAILURES_PER_MINUTE):
        with pytest.raises(UnknownKey):
            await door.knock(f"guess-{number}", peer)


async def test_wrong_keys_are_limited_by_peer() -> None:
    door = Door()
    await exhaust(door)
    with pytest.raises(RateLimited):
        await door.knock("one-guess-more")
    with pytest.raises(UnknownKey):
        await door.knock("one-guess-more", peer="5.6.7.8")


async def test_the_addresses_of_one_network_count_together() -> None:
    door = Door()
    for number in range(FAILURES_PER_MINUTE):
        with pytest.raises(UnknownKey):
            await door.knock(f"guess-{number}", f"2001:db8:1:2::{number:x}")
    with pytest.raises(RateLimited):
        await door.knock("one-guess-more", "2001:db8:1:2:ffff::1")
    with pytest.raises(UnknownKey):
        await door.knock("one-guess-more", "2001:db8:1:3::1")


async def test_a_regular_may_come_from_another_address_of_its_network() -> None:
    door = Door()
    known = await door.knock(KEY, "2001:db8:1:2::1")
    await exhaust(door, "2001:db8:1:2::2")
    assert await door.knock(KEY, "2001:db8:1:2::3") == known


async def test_a_peer_over_the_limit_learns_nothing_from_a_right_key() -> None:
    door = Door()
    await exhaust(door)
    with pytest.raises(RateLimited):
        await door.knock(KEY)


async def test_regulars_do_not_suffer_for_a_neighbour() -> None:
    door = Door()
    known = await door.knock(KEY)
    await exhaust(door)
    assert await door.knock(KEY) == known
    with pytest.raises(RateLimited):
        await door.knock(OTHER)


async def test_a_minute_later_everybody_may_try_again() -> None:
    door = Door()
    await exhaust(door)
    door.clock.advance(60)
    assert await door.knock(KEY)


async def test_requests_are_counted_by_caller() -> None:
    door = Door()
    first, second = [await door.keeper.identify([x_api_key(key)], "1.2.3.4", "/tea") for key in (KEY, OTHER)]
    for _ in range(2):
        assert await door.keeper.count(first)
    with pytest.raises(RateLimited):
        await door.keeper.count(first)
    assert await door.keeper.count(second, 2)


@pytest.mark.parametrize("query", [b"api_key=x", b"a=1&API%5FKEY=", b"access_token", b"token=%00", b"a;key=1&Key=2"])
async def test_a_key_in_the_query_is_refused_even_beside_a_right_one(query: bytes) -> None:
    door = Door()
    with pytest.raises(BadRequest):
        await door.keeper.identify([x_api_key(KEY)], "1.2.3.4", "/tea", query)
    assert await door.keeper.identify([x_api_key(KEY)], "1.2.3.4", "/tea", b"instance=key&monkey=1")
