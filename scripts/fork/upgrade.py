"""Merge a newer version of the template into this fork: `make upgrade FROM=<path or URL> [VERSION=tag]`.

Two versions of the template take part: the one that the fork was made from, recorded in `.template.json`, and the newer
one. Both are renamed as the fork was, and lose what the fork has deleted; git then merges the difference between them.
Exit code 0: merged and staged. 1: conflicts are left in the files, and listed. 2: refused, and nothing was changed.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from subprocess import CalledProcessError
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from scripts.fork import Refused
from scripts.fork.rename import RECORD, project, rename
from scripts.fork.tree import changes, git

ROOT = Path(__file__).parents[2]
GENERATED = ("docs/reference/", "docs/configuration.md", ".env.example")
"""What `make reference` writes is not merged but written again."""

BY_NOBODY = ("-c", "user.name=upgrade", "-c", "user.email=upgrade")


@dataclass(frozen=True)
class Record:
    """The version of the template that a fork holds, as in `.template.json`."""

    template: str
    version: str
    commit: Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]


@dataclass(frozen=True)
class Merged:
    """What an upgrade did; `left_out` is what the template changed and the fork has deleted."""

    now: Record
    conflicts: list[str]
    left_out: list[str]


def upgrade(fork: Path, source: str, version: str | None) -> Merged | None:
    """None when there is nothing to do. Raises CalledProcessError when git fails."""
    was = recorded(fork)
    if changes(fork):
        raise Refused("The working copy has changes: commit or stash them first.")
    with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
        template = Path(folder) / "template"
        git(fork, "clone", "-q", "--", source, str(template))
        now = chosen(template, was, version)
        if now.commit == was.commit:
            return None
        name = project(fork)["name"]
        trees = [named(template, record.commit, name) for record in (was, now)]
        left_out = unmerged(fork, template, *trees)
        base, newer = (without(template, tree, left_out) for tree in trees)
        parent = git(template, *BY_NOBODY, "commit-tree", base, "-m", f"{was.template} {was.version}")
        commit = git(template, *BY_NOBODY, "commit-tree", newer, "-p", parent, "-m", f"{now.template} {now.version}")
        git(template, "update-ref", "refs/heads/upgrade", commit)
        git(fork, "fetch", "-q", "--no-tags", str(template), "refs/heads/upgrade")
    conflicts = merge(fork, commit)
    (fork / RECORD).write_text(json.dumps(asdict(now), indent=2) + "\n", encoding="utf-8")
    git(fork, "add", RECORD)
    return Merged(now, conflicts, [path for path in left_out if not path.startswith((*GENERATED, RECORD))])


def recorded(fork: Path) -> Record:
    try:
        return TypeAdapter(Record).validate_json((fork / RECORD).read_bytes())
    except FileNotFoundError:
        raise Refused(f"{RECORD} is missing, so nobody knows what to merge from: see docs/upgrading.md.") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, (RECORD, *first["loc"])))
        raise Refused(f"{place}: {first['msg']}. See docs/upgrading.md.") from None


def chosen(template: Path, was: Record, version: str | None) -> Record:
    """The version to go to: the named tag, else the newest one, else the newest commit."""
    tags = git(template, "tag", "--list", "v*", "--sort=-version:refname").split()
    name = version or next(iter(tags), "HEAD")
    try:
        now = git(template, "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
        common = git(template, "merge-base", now, was.commit)
    except CalledProcessError:
        raise Refused(
            f"The template there lacks {name}, or the commit {was.commit} of {RECORD}: see docs/upgrading.md."
        ) from None
    if common == now != was.commit:
        raise Refused(f"{name} is older than {was.version}, which this fork holds.")
    said = re.search(r'__version__ = "(.+)"', git(template, "show", f"{now}:backend/app/__init__.py"))
    return Record(was.template, said[1] if said else name, now)


def named(template: Path, commit: str, name: str) -> str:
    """The tree of the template at that commit under the fork's name, put into shape as `make rename` does."""
    git(template, "checkout", "-q", "--force", "--detach", commit)
    python = [path for path in rename(template, name) if path.suffix == ".py"]
    if python:
        subprocess.run([sys.executable, "-m", "ruff", "format", "-q", *python], cwd=template, check=True)
    # Against an empty index, git cannot take a file of the same size and second for an unchanged one.
    git(template, "read-tree", "--empty")
    git(template, "add", "--all")
    return git(template, "write-tree")


def unmerged(fork: Path, template: Path, base: str, newer: str) -> list[str]:
    """Changed files that are not merged: deleted by the fork, new in a folder that it deleted, or generated."""
    ours, before = paths(fork, "HEAD"), paths(template, base)
    deleted = (before - ours) | (folders(before) - folders(ours))
    changed = git(template, "diff", "--name-only", "--no-renames", base, newer).splitlines()
    return [
        path
        for path in changed
        if path.startswith((*GENERATED, RECORD)) or deleted & {PurePosixPath(path), *PurePosixPath(path).parents}
    ]


def paths(repository: Path, tree: str) -> set[PurePosixPath]:
    return {PurePosixPath(path) for path in git(repository, "ls-tree", "-r", "--name-only", tree).splitlines()}


def folders(files: Iterable[PurePosixPath]) -> set[PurePosixPath]:
    return {folder for path in files for folder in path.parents}


def without(template: Path, tree: str, left_out: list[str]) -> str:
    git(template, "read-tree", tree)
    if left_out:
        git(template, "rm", "-q", "-f", "--cached", "--ignore-unmatch", "--", *left_out)
    return git(template, "write-tree")


def merge(fork: Path, commit: str) -> list[str]:
    """Bring the difference between a commit and its parent into the working copy; the paths in conflict."""
    try:
        git(fork, "cherry-pick", "--no-commit", commit)
    except CalledProcessError:
        if conflicts := git(fork, "diff", "--name-only", "--diff-filter=U").splitlines():
            return conflicts
        raise
    return []


def report(merged: Merged) -> None:
    print(f"Merged {merged.now.template} {merged.now.version} ({merged.now.commit[:12]}).")
    for path in merged.left_out:
        print(f"Left out, because this fork has deleted it: {path}")
    for path in merged.conflicts:
        print(f"Conflict: {path}")
    if merged.conflicts:
        print("Resolve the conflicts and `git add` the files, or give up with `git reset --hard`.")
    print("CHANGELOG.md says what a fork must do. Then `make install reference test`, and `git commit`.")


def main() -> int:
    parser = argparse.ArgumentParser(description="Merge a newer version of the template into this fork.")
    parser.add_argument("source", help="path or URL of the template's repository")
    parser.add_argument("--version", help="tag to go to; by default the newest")
    arguments = parser.parse_args()
    try:
        merged = upgrade(ROOT, arguments.source, arguments.version)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    except CalledProcessError as failed:
        print(failed.stderr or failed, file=sys.stderr)
        return 2
    if not merged:
        print("This fork holds that version already; nothing to do.")
        return 0
    report(merged)
    return int(bool(merged.conflicts))


if __name__ == "__main__":
    sys.exit(main())
