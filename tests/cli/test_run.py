"""Operations on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.support.domains.trial import DOMAIN
from tests.support.ports import free_port
from tests.support.service import TEXT


def test_a_text_comes_from_a_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    done = command("run", "summarize", str(tmp_path / "text.txt"))
    assert done.exit_code == 0
    assert "Tea" in done.stdout


def test_a_text_comes_from_standard_input(command: Command) -> None:
    assert command("run", "summarize", stdin=TEXT).stdout == command("run", "summarize", stdin=TEXT).stdout != ""


def test_a_machine_gets_the_whole_reply(command: Command) -> None:
    reply = json.loads(command("run", "sentiment", "--json", stdin=TEXT).stdout)
    assert (reply["operation"], reply["source"], reply["success"]) == ("sentiment", "offline", True)
    assert reply["result"]["sentiment"] in ("positive", "neutral", "negative")


def test_options_are_flags(command: Command) -> None:
    lines = command(
        "run", "key-points" if "key-points" in DOMAIN.catalogue else "key_points", "--max-points", "1", stdin=TEXT
    )
    assert lines.exit_code == 0
    assert lines.stdout.count("- ") == 1


def test_a_question_is_a_flag_where_one_is_needed(command: Command) -> None:
    assert command("run", "qa", "--question", "What was late?", stdin=TEXT).exit_code == 0
    assert command("run", "qa", stdin=TEXT).exit_code == 2
    assert command("run", "summarize", "--question", "Why?", stdin=TEXT).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("summarize",), "short", "text: String should have at least 10 characters"),
        (("summarize",), "x" * 10_001, "text: String should have at most 10000 characters"),
        (("summarize", "--max-length", "5"), TEXT, "options.max_length: Input should be greater than or equal to 10"),
        (("qa", "--question", "?"), TEXT, "question: String should have at least 2 characters"),
    ],
)
def test_wrong_input_is_told_in_a_sentence_with_exit_code_1(
    command: Command, arguments: tuple[str, ...], stdin: str, said: str
) -> None:
    done = command("run", *arguments, stdin=stdin)
    assert done.exit_code == 1
    assert done.stderr == f"{said}\n"
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [("summarize", "no-such-file"), ("summarize", "."), ("dance",)])
def test_wrong_usage_has_exit_code_2(command: Command, arguments: tuple[str, ...]) -> None:
    assert command("run", *arguments, stdin=TEXT).exit_code == 2


def test_a_file_that_is_no_text_is_told_in_a_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG\xff\xfe")
    done = command("run", "summarize", str(tmp_path / "image.png"))
    assert done.exit_code == 1
    assert "UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AI_MODEL", "openai:gpt", "OPENAI_API_KEY"),
        ("AI_TEMPERATURE", "warm", "AI_TEMPERATURE"),
        ("AI_TEMP", "1", "AI_TEMP"),
    ],
)
def test_a_wrong_setting_is_named_without_a_traceback(command: Command, name: str, value: str, said: str) -> None:
    done = command("run", "summarize", stdin=TEXT, **{name: value})
    assert done.exit_code in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert isinstance(done.exception, SystemExit)


def test_no_key_is_made_or_shown_for_a_command(command: Command) -> None:
    assert "key" not in command("run", "summarize", stdin=TEXT).output.lower()


def test_redis_that_is_gone_stops_no_command(command: Command) -> None:
    done = command("run", "summarize", stdin=TEXT, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert done.exit_code == 0


def test_the_operations_are_listed_for_people_and_machines(command: Command) -> None:
    listed = command("operations").stdout
    cards = json.loads(command("operations", "--json").stdout)
    assert [card["id"] for card in cards] == list(DOMAIN.catalogue)
    assert all(f"{name} " in listed for name in DOMAIN.catalogue)
