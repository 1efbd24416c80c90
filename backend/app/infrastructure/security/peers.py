"""Where a request comes from, as an address."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

LONGEST = 45
"""Characters of an address; what is longer is none, and would fill what is remembered here."""


def address(text: str) -> str | None:
    """The usual spelling of an IP address; None for anything else, zones of IPv6 included."""
    return _spelt(text) if len(text) <= LONGEST else None


@lru_cache(4096)
def _spelt(text: str) -> str | None:
    try:
        return str(_parsed(text))
    except ValueError:
        return None


@lru_cache(4096)
def network(peer: str) -> str:
    """Whom wrong keys are counted for: one IPv4 address, or the /64 of which one client has every address."""
    try:
        found = _parsed(peer)
    except ValueError:
        return peer
    return str(found) if found.version == 4 else f"{IPv6Address(int(found) >> 64 << 64)}/64"


def _parsed(text: str) -> IPv4Address | IPv6Address:
    """ValueError for what is no address; IPv4 inside IPv6 is IPv4."""
    found = ip_address(text)
    if isinstance(found, IPv4Address):
        return found
    if found.scope_id:
        raise ValueError
    return found.ipv4_mapped or found
