"""The command line: `python -m app`."""

from app.cli import build

if __name__ == "__main__":
    build()()
