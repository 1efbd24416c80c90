"""What a Dockerfile says, and an image made from it in a folder, without an engine."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUICKER = {"UV_LINK_MODE": "hardlink", "UV_COMPILE_BYTECODE": "0"}
"""The same environment in a third of the time."""

POWERLESS = ["setpriv", "--bounding-set=-all", "--no-new-privs"] if os.geteuid() == 0 else []
"""Takes from root what lets it write where nobody may; USER of the image may not be able to read our Python."""


@dataclass(frozen=True, slots=True)
class Instruction:
    word: str
    flags: dict[str, str]
    text: str

    @property
    def arguments(self) -> list[str]:
        """The words of the text, or the list of its exec form."""
        return json.loads(self.text) if self.text.startswith("[") else self.text.split()


def instructions(dockerfile: Path) -> list[Instruction]:
    lines = [line for line in dockerfile.read_text().splitlines() if not line.startswith("#")]
    found = []
    for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        if line:
            word, _, rest = line.partition(" ")
            flags = re.match(r"(--\S+\s+)*", rest)
            assert flags
            pairs = (flag.removeprefix("--").partition("=") for flag in flags[0].split())
            found.append(Instruction(word, {name: value for name, _, value in pairs}, rest[flags.end() :]))
    return found


def stages(dockerfile: Path) -> list[list[Instruction]]:
    """The instructions from each FROM to the next; those before the first are in all of them."""
    common: list[Instruction] = []
    found: list[list[Instruction]] = []
    for one in instructions(dockerfile):
        if one.word == "FROM":
            found.append([*common, one])
        else:
            (found[-1] if found else common).append(one)
    return found


@cache
def context(folder: Path) -> frozenset[str]:
    """The files that the client sends to the engine: those that .dockerignore leaves."""
    lines = (line for line in (folder / ".dockerignore").read_text().splitlines() if line and line[0] != "#")
    rules = [(line[0] != "!", _pattern(line.removeprefix("!"))) for line in lines]
    sent = set()
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        verdicts = [ignores for ignores, pattern in rules if pattern.match(name)]
        if path.is_file() and not (verdicts and verdicts[-1]):
            sent.add(name)
    return frozenset(sent)


def _pattern(rule: str) -> re.Pattern[str]:
    """A match of a folder is one of all that it holds."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    inner = re.sub(r"\*\*/|\*\*|\*|\?|[^*?]+", lambda found: parts.get(found[0]) or re.escape(found[0]), rule)
    return re.compile(f"{inner}(?:/.*)?$")


class Image:
    """The last stage of a Dockerfile, with its files below `root` and its instructions carried out by this machine.

    The base is the Python that runs the tests, so what this does not show is what the real base lacks.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.root, self._folder = root, folder
        self._sent = context(folder)
        for number, stage in enumerate(stages(folder / "Dockerfile")):
            if number:
                root.rename(self._earlier)
            self._begin(pip=any("pip install" in one.text for one in stage))
            for one in stage:
                getattr(self, f"_{one.word.lower()}", self._nothing)(one)
        shutil.rmtree(self._earlier)

    @property
    def _earlier(self) -> Path:
        return self.root.with_name(f"{self.root.name}-before")

    def _begin(self, *, pip: bool) -> None:
        flags = [] if pip else ["--without-pip"]
        subprocess.run([sys.executable, "-m", "venv", *flags, self.root / "usr/local"], check=True)
        (self.root / "tmp").mkdir(mode=0o777)
        (self.root / "tmp").chmod(0o777)
        self.env = {"PATH": f"{self.root}/usr/local/bin:{os.defpath}"}
        self.workdir, self.user = self.root, ""
        self.command: list[str] = []
        self.healthcheck: list[str] = []

    def _nothing(self, one: Instruction) -> None:
        assert one.word in ("FROM", "EXPOSE"), one

    def _arg(self, one: Instruction) -> None:
        name, _, value = one.text.partition("=")
        self.env[name] = value

    def _env(self, one: Instruction) -> None:
        for pair in one.arguments:
            name, _, value = pair.partition("=")
            self.env[name] = self._here(value).replace("${PATH}", self.env["PATH"])

    def _workdir(self, one: Instruction) -> None:
        self.workdir = self._path(one.text)
        self.workdir.mkdir(parents=True, exist_ok=True)

    def _run(self, one: Instruction) -> None:
        # This machine's cache of uv stands in for the one that is mounted.
        settings = {name: value for name, value in self.env.items() if name != "UV_CACHE_DIR"}
        environment = os.environ | settings | QUICKER
        subprocess.run(["/bin/sh", "-ec", self._here(one.text)], cwd=self.workdir, env=environment, check=True)

    def _copy(self, one: Instruction) -> None:
        *sources, target = one.arguments
        into = self.workdir / self._path(target) if target.startswith("/") else self.workdir / target
        for source in sources:
            if "from" in one.flags:
                into.parent.mkdir(parents=True, exist_ok=True)
                (self._earlier / source.lstrip("/")).rename(into)
            else:
                self._copy_sent(source, into)

    def _copy_sent(self, source: str, into: Path) -> None:
        for name in copied(self._sent, source):
            beside = "*" in source or name == source
            at = into / (Path(name).name if beside else Path(name).relative_to(source))
            at.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._folder / name, at)

    def _user(self, one: Instruction) -> None:
        self.user = one.text

    def _cmd(self, one: Instruction) -> None:
        self.command = one.arguments

    def _healthcheck(self, one: Instruction) -> None:
        self.healthcheck = json.loads(one.text.removeprefix("CMD "))

    def _here(self, text: str) -> str:
        return re.sub(r"(^|[\s:=])/(?=(?:build|opt|srv|tmp|usr/local)\b)", rf"\1{self.root}/", text)

    def _path(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def healthy(self, **settings: str) -> bool:
        """The verdict of the image's health check."""
        with self.running(self.healthcheck, **settings) as process:
            return process.wait(10) == 0

    @contextmanager
    def running(self, command: list[str] | None = None, /, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """The command as the engine runs it: only /tmp can be written, and nothing of our environment is there."""
        process = subprocess.Popen(
            [*POWERLESS, *(command or self.command)],
            cwd=self.workdir,
            env=self.env | {"TMPDIR": f"{self.root}/tmp"} | settings,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def copied(sent: frozenset[str], source: str) -> set[str]:
    """The files of the context that a source of COPY names."""
    pattern = re.compile(".*" if source == "." else _pattern(source).pattern)
    return {name for name in sent if pattern.match(name)}


@contextmanager
def read_only(root: Path) -> Iterator[None]:
    """Nothing below may be written, except in tmp."""
    folders = [path for path in (root, *root.rglob("*")) if path.is_dir() and not path.is_symlink()]
    folders = [path for path in folders if not path.is_relative_to(root / "tmp")]
    for path in folders:
        path.chmod(0o555)
    try:
        yield
    finally:
        for path in folders:
            path.chmod(0o755)
