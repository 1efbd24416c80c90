"""Files written from the templates in `templates/`."""

from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent / "templates"


def words(name: str) -> dict[str, str]:
    """The forms of a name that a template may use."""
    spaced = name.replace("_", " ")
    return {"name": name, "words": spaced, "sentence": spaced.capitalize(), "title": name.title().replace("_", "")}


def written(template: str, **values: str) -> str:
    """The text of a template; raises KeyError for a value that is missing."""
    return Template((FOLDER / template).read_text(encoding="utf-8")).substitute(values)


def write_folder(template: str, folder: Path, **values: str) -> None:
    """Every file of a folder of templates, under its name without `.txt`."""
    source = FOLDER / template
    for path in sorted(source.rglob("*.txt")):
        place = folder / path.relative_to(source).with_suffix("")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(written(str(path.relative_to(FOLDER)), **values), encoding="utf-8")
