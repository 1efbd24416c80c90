"""Stands in for `app.services` while tests run, so that the tests of the house need none of the product's domains."""

from pathlib import Path

DOMAINS = Path(__file__).parent
