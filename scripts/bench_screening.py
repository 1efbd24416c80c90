"""Print how the input screen does on labelled lines of JSON: text, label (1 is an attack), source, category."""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from app.infrastructure.ai.screening import BLOCK, FLAG
from app.infrastructure.ai.screening.scorer import assess


class Row(NamedTuple):
    """One text of a file, with the seconds of processor time that its score took."""

    place: str
    kind: str
    source: str
    category: str
    score: int
    seconds: float
    kilobytes: float

    @property
    def pace(self) -> float:
        """Milliseconds per KB; a short text counts as one."""
        return self.seconds * 1000 / max(self.kilobytes, 1)


def main(paths: list[str]) -> int:
    if not paths:
        print("usage: python -m scripts.bench_screening FILE.jsonl ...", file=sys.stderr)
        return 2
    rows = [row for path in paths for row in _rows(Path(path))]
    _print_table(rows)
    spent, kilobytes = sum(row.seconds for row in rows), sum(row.kilobytes for row in rows)
    print(f"\n{spent * 1000 / kilobytes:.3f} ms of processor time per KB")
    slowest = max(rows, key=lambda row: row.pace)
    print(f"slowest: {slowest.pace:.3f} ms per KB, {slowest.place}")
    return 0


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            one = json.loads(line)
            began = time.process_time()
            score = assess(one["text"]).score
            seconds = time.process_time() - began
            kind = "attack" if one["label"] else "harmless"
            about = one.get("source", path.name), one.get("category", "")
            yield Row(f"{path.name}:{number}", kind, *about, score, seconds, len(one["text"].encode()) / 1024)


def _print_table(rows: Iterable[Row]) -> None:
    scores: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row in rows:
        for group in {(row.source, row.category), (row.source, "(all)"), ("(all)", "")}:
            scores[row.kind, *group].append(row.score)
    print(f"{'kind':9} {'source':36} {'category':30} {'texts':>6} {f'>= {FLAG}':>8} {f'>= {BLOCK}':>8}")
    for (kind, source, category), found in sorted(scores.items()):
        flagged, blocked = (100 * sum(score >= bar for score in found) / len(found) for bar in (FLAG, BLOCK))
        print(f"{kind:9} {source:36} {category:30} {len(found):6} {flagged:6.1f} % {blocked:6.1f} %")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
