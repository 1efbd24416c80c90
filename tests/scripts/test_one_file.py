"""The tree in one file can be taken apart again."""

from markdown_it import MarkdownIt

from scripts.one_file import ROOT, block, tracked


def test_each_file_stands_whole_in_a_fence_of_its_own() -> None:
    for name in [*tracked(["docs"]), *tracked(["scripts"])]:
        if name.endswith((".md", ".py")):
            heading, _, _, fence = MarkdownIt().parse(block(name))
            assert heading.type == "heading_open"
            assert fence.content.rstrip() == (ROOT / name).read_text().rstrip()


def test_what_git_ignores_is_left_out() -> None:
    assert tracked(["backend/app/__init__.py"]) == ["backend/app/__init__.py"]
    assert tracked([".venv"]) == []
