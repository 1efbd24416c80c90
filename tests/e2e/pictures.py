"""Pictures of the pages for the documentation."""

import io

from PIL import Image
from playwright.sync_api import Page

from tests.e2e.walking import settled
from tests.support.service import ROOT

FOLDER = ROOT / "docs" / "images"


def take_picture(page: Page, name: str) -> None:
    """Write `name`.png, of 256 colours to keep the repository small."""
    page.mouse.move(0, 0)  # nothing is to look hovered
    settled(page)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    small = picture.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(FOLDER / f"{name}.png", optimize=True)
