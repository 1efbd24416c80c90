"""Addresses as requests name them."""

import pytest

from app.infrastructure.security import address
from app.infrastructure.security.peers import network


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", None),
        ("192.0.2.1:80", None),
        ("192.0.2", None),
        ("1" * 20_000, None),
        ("unknown", None),
        ("", None),
    ],
)
def test_only_an_address_is_one_and_has_one_spelling(text: str, found: str | None) -> None:
    assert address(text) == found


@pytest.mark.parametrize(
    ("peer", "found"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_network_is_an_address_or_the_64_bits_that_a_client_does_not_choose(peer: str, found: str) -> None:
    assert network(peer) == found
