"""The files of a working copy, as git knows them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path


def git(root: Path, *arguments: str) -> str:
    """What a git command says; raises CalledProcessError."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n")


def changes(root: Path) -> list[str]:
    """The paths that `git status` names, new folders file by file."""
    return [line[3:] for line in git(root, "status", "--porcelain", "--untracked-files=all").splitlines()]


def files(root: Path) -> Iterator[Path]:
    """Every file that is there and that git would keep, by path."""
    listed = git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in sorted(set(listed.split("\0")) - {""}):
        if (path := root / name).is_file() and not path.is_symlink():
            yield path


def text_of(path: Path) -> str | None:
    """The text of a file; None for a picture and the like."""
    data = path.read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
