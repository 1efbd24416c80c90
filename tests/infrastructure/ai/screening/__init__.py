"""Input screening, part by part."""
