"""The workbench of a fork."""
