"""`python -m tests.support.house serve`: the command line of the product, with the tests' domain in place of its own.

What the tests say about the house then holds whatever domains a fork installs, and if it installs none.
"""

import runpy

from app import services
from tests.support.domains import DOMAINS

services.__path__ = [str(DOMAINS)]  # not in `__main__` alone: worker processes import this module to be like it

if __name__ == "__main__":
    runpy.run_module("app", run_name="__main__")
