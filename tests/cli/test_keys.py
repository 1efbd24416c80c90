"""`keys`: made, written into a file, recognized, and never told to anybody."""

import re
from pathlib import Path

import pytest
from redis import Redis

from app.infrastructure.security.keys import fingerprint, mistyped
from tests.cli.conftest import Command
from tests.support.service import Service
from tests.support.valkey import valkey_server

MADE = re.compile(r"gh_[0-9a-f]{8}_[0-9a-f]{40}_[0-9a-f]{6}")


def make(command: Command, *options: str) -> tuple[str, str]:
    """A key and its line."""
    done = command("keys", "new", *options)
    assert done.exit_code == 0, done.output
    found = MADE.search(done.stderr)
    assert found is not None
    assert found[0] not in done.stdout
    return found[0], done.stdout


def test_a_key_alone_is_printed_for_a_setting(command: Command) -> None:
    key = command("keys", "new").stdout.strip()
    assert MADE.fullmatch(key)
    assert not mistyped(key)


def test_a_line_says_name_scopes_and_end(command: Command) -> None:
    key, line = make(
        command, "--name", "web", "--scope", "text:use", "--scope", "internal:read", "--expires", "2099-01-31"
    )
    assert line == (
        f'web = {{ sha256 = "{fingerprint(key)}", scopes = ["internal:read", "text:use"], expires = 2099-01-31 }}\n'
    )


def test_a_line_without_a_name_gets_one_that_is_no_part_of_the_key(command: Command) -> None:
    key, line = make(command, "--scope", "text:use", "--expires", "90d")
    name = line.partition(" ")[0]
    assert name.startswith("key-")
    assert name.removeprefix("key-") not in key


@pytest.mark.parametrize(
    "options",
    [("--scope", "everything"), ("--expires", "soon"), ("--expires", "xd"), ("--name", "my app"), ("--name", "x" * 65)],
)
def test_a_wrong_option_is_refused(command: Command, options: tuple[str, str]) -> None:
    assert command("keys", "new", *options).exit_code == 2


def test_a_key_is_recognized_and_another_is_not(command: Command, tmp_path: Path) -> None:
    key, line = make(command, "--name", "web", "--scope", "internal:read")
    old, old_line = make(command, "--name", "old", "--expires", "2020-01-01")
    (tmp_path / "keys.toml").write_text(line + old_line)
    file = {"API_KEYS_FILE": "keys.toml"}
    known = command("keys", "check", stdin=f"{key}\n", **file)
    assert (known.exit_code, known.stdout) == (0, "web: internal:read\n")
    for presented, why in ((old, "expired"), (key[:-1], "mistyped"), ("nobody-has-this-key", "not known")):
        refused = command("keys", "check", stdin=presented, **file)
        assert refused.exit_code == 1
        assert why in refused.stdout
        assert presented not in refused.output


def pieces(key: str) -> set[str]:
    """Whatever of a key would help somebody to know it again."""
    return {key[at : at + 8] for at in range(len(key) - 7)}


def test_a_made_line_lets_its_key_in_and_nothing_tells_of_it(command: Command, tmp_path: Path) -> None:
    key, line = make(command, "--name", "mobile-app")
    old, old_line = make(command, "--name", "old-app", "--expires", "2020-01-01")
    (tmp_path / "keys.toml").write_text(line + old_line)
    wrong = key[:-6] + "ffffff" if not key.endswith("ffffff") else key[:-6] + "eeeeee"
    with (
        valkey_server() as valkey,
        Service(
            API_KEYS_FILE=str(tmp_path / "keys.toml"),
            LOG_LEVEL="DEBUG",
            REDIS_URL=valkey.url,
            RATE_LIMIT_REQUESTS="1000",
        ) as service,
    ):
        answers = [
            service.anonymous.get(path, headers=headers)
            for path in ("/v1/auth/status", "/internal/fleet")
            for headers in (
                {"X-API-Key": key},
                {"Authorization": f"Bearer {key}"},
                {"Authorization": key},
                {"Authorization": f"Basic {key}"},
                {"X-API-Key": wrong},
                {"X-API-Key": old},
                {"X-API-Key": key * 10},
                {"X-API-Key": key, "Authorization": f"Bearer {wrong}"},
            )
        ]
        answers += [service.anonymous.get(f"/v1/auth/status?api_key={key}", headers={"X-API-Key": key})]
        metrics = service.operator.get("/internal/metrics").text
        with Redis.from_url(valkey.url) as redis:
            kept = " ".join(f"{name} {redis.dump(name)!r}" for name in redis.scan_iter())
        service.stop()
        log = service.output()
    assert answers[0].json()["key_id"] == "mobile-app"
    assert [answer.status_code for answer in answers[:8]] == [200, 200, 401, 401, 401, 401, 400, 401]
    assert [answer.json()["error"]["code"] for answer in answers[4:6]] == ["mistyped_key", "key_expired"]
    assert answers[-1].status_code == 400
    assert "gatehouse:limit:" in kept
    assert 'access_refused_total{code="mistyped_key"}' in metrics
    told = " ".join([log, metrics, kept, *(f"{answer.headers} {answer.text}" for answer in answers)])
    assert "mobile-app" in told
    assert {piece for piece in pieces(key) | pieces(old) | pieces(wrong) if piece in told} == set()
