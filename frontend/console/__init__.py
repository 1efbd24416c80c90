"""The operators' console: a file for each tab of the Operations page, each with `draw(policies)`."""
