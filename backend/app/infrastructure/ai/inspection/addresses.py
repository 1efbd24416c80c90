"""Which addresses an answer may hold."""

import re
from dataclasses import dataclass, field
from functools import cached_property

_AUTHORITY = re.compile(r"[^/\\?#]{0,300}")
_HOST = re.compile(r"([\w-]+(?:\.[\w-]+)*)\.?(?::\d{1,5})?")
_LONGEST_HOST = 253
_ENDS = "()[]{}<>\"'`,;!*|~、，）」』】》"
_TRAILING = "()[]{}<>\"'`,;:!?*_~|.。．…、，）」』】》"
_CLOSERS = {"(": ")", "<": ">", '"': '"', "'": "'"}


def is_listed(host: str, listed: frozenset[str]) -> bool:
    """`example.com` lists that host alone, `*.example.com` every host below it."""
    if host in listed:
        return True
    labels = host.split(".")
    return any("*." + ".".join(labels[start:]) in listed for start in range(1, len(labels)))


def authority_of(rest: str) -> str:
    """What stands between the slashes and the path, as a browser sees it, or the beginning of it where it is longer
    than any host; `rest` begins after the slashes.
    """
    found = _AUTHORITY.match(rest)
    return found[0] if found else ""


def host_of(authority: str) -> str | None:
    """The host as it is written; None where a browser might read another one than we do."""
    found = _HOST.match(authority)
    if found is None or len(authority) > _LONGEST_HOST:
        return None
    after = authority[found.end() :].rstrip(".。．…")
    # Browsers take much for a part of the host that ends it for a reader: `good.example).evil.example`.
    plain = not after or (after[0] in _ENDS and "@" not in after and not re.search(r"[.。．｡]\w", after))
    return found[1] if plain else None


@dataclass(frozen=True)
class Known:
    """`listed` hosts, and what the caller gave."""

    listed: frozenset[str]
    material: str = field(repr=False)

    def holds(self, before: str, rest: str) -> bool:
        """Whether the address that `rest` begins with stands in the material; `before` is the character before it."""
        closer = _CLOSERS.get(before)
        if closer and closer in rest:
            inner = rest[: rest.index(closer)]
            rest = rest if "(" in inner else inner
        return any(shown and shown in self.material for shown in (rest, rest.rstrip(_TRAILING)))

    def host(self, host: str | None, *, strict: bool) -> bool:
        """Whether links to that host may stand; `strict` counts listed hosts alone."""
        if host is None:
            return False
        host = host.lower()
        return is_listed(host, self.listed) or (not strict and host in self._hosts)

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset(word.strip(".-") for word in re.findall(r"[\w.-]+", self.material.lower()))
