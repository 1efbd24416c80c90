"""The workbench of a fork."""


class Refused(Exception):
    """The tool does nothing; the message says why."""
