"""The command line: `python -m app`."""

import gc

gc.disable()  # loading modules leaves next to no garbage, and looking for it takes a tenth of the start

from app.cli import build  # noqa: E402 - after that line, which is there for this one

if __name__ == "__main__":
    gc.enable()
    build()()
