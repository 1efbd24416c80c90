"""Whose word counts about addresses, and which names are answered."""

import pytest

from tests.support.live import running
from tests.support.service import Service

STATUS = "/v1/auth/status"


def guesses(service: Service) -> list[int]:
    """Twelve wrong keys from one peer that names another address each time."""
    return [
        service.anonymous.get(
            STATUS, headers={"X-API-Key": f"guess-number-{n}", "X-Forwarded-For": f"10.1.1.{n}"}
        ).status_code
        for n in range(12)
    ]


def test_forwarded_addresses_count_from_a_trusted_proxy_only() -> None:
    with Service(FORWARDED_ALLOW_IPS="127.0.0.1") as trusting:
        assert guesses(trusting) == [401] * 12
    with Service(FORWARDED_ALLOW_IPS="10.0.0.1") as wary:
        assert guesses(wary) == [401] * 10 + [429] * 2


def test_a_forwarded_word_that_is_no_address_does_not_count() -> None:
    claims = [f"{shape}{n}" for n in range(3) for shape in ("y" * 20_000, "tea", "fe80::1%", "10.1.1.1.")]
    with Service(FORWARDED_ALLOW_IPS="127.0.0.1") as trusting:
        asked = ({"X-API-Key": f"guess-of-{claim[-9:]}", "X-Forwarded-For": claim} for claim in claims)
        seen = [trusting.anonymous.get(STATUS, headers=headers).status_code for headers in asked]
        assert seen == [401] * 10 + [429] * 2
        log = trusting.output()
    assert log.count(f" for 127.0.0.1 on {STATUS}") == 12
    assert "y" * 100 not in log


def test_who_comes_over_tls_is_told_to_stay_with_it_as_a_trusted_proxy_says() -> None:
    over_tls = {"X-Forwarded-Proto": "https"}
    with Service(FORWARDED_ALLOW_IPS="127.0.0.1") as trusting:
        assert "max-age=" in trusting.anonymous.get(STATUS, headers=over_tls).headers["strict-transport-security"]
        assert "strict-transport-security" not in trusting.anonymous.get(STATUS).headers
    with Service(FORWARDED_ALLOW_IPS="10.0.0.1") as wary:
        assert "strict-transport-security" not in wary.anonymous.get(STATUS, headers=over_tls).headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("tea.example.org", 200),
        ("TEA.example.org:8443", 200),
        ("api.cake.example.org", 200),
        ("cake.example.org", 400),
        ("evil-tea.example.org", 400),
        ("tea.example.org.evil.org", 400),
        ("tea.example.org@evil.org", 400),
        ("evil.org#.cake.example.org:1", 200),
        ("[::1]:80", 200),
        ("[::2]", 400),
        ("", 400),
    ],
)
def test_other_names_than_ours_are_a_400(host: str, status: int) -> None:
    hosts = ("tea.example.org", "*.cake.example.org", "::1")
    with running(environment="production", allowed_hosts=hosts) as client:
        response = client.get(STATUS, headers={"Host": host})
        assert response.status_code == status
        assert client.get("/livez", headers={"Host": "10.0.0.7:8000"}).status_code == 200
        if status == 400:
            assert host == "" or host not in response.text


def test_every_name_is_answered_when_none_is_listed() -> None:
    with running(environment="production") as client:
        assert client.get(STATUS, headers={"Host": "anything.example.org"}).status_code == 200
