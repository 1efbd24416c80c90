"""What one looks for on a page."""

from typing import Any

from streamlit.testing.v1 import AppTest


def chosen(page: AppTest, operation: str, domain: str = "trial") -> AppTest:
    return page.selectbox(key="operation").select(f"{domain}.{operation}").run()


def run(page: AppTest, label: str = "Run") -> AppTest:
    next(button for button in page.button if button.label.startswith(label)).click().run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    """Everything that is written on the page, Markdown's escapes taken off."""
    shown: list[Any] = [*page.markdown, *page.caption, *page.text, *page.error, *page.info, *page.subheader, *page.code]
    return "\n".join(str(one.value) for one in shown).replace("\\", "")


def markup(page: AppTest) -> str:
    """All that the browser gets to see."""
    return "\n".join(str(block) for tree in (page.main, page.sidebar) for block in _messages(tree))


def _messages(block: Any) -> list[Any]:
    below = [message for child in getattr(block, "children", {}).values() for message in _messages(child)]
    return [block.proto, *below] if getattr(block, "proto", None) is not None else below
