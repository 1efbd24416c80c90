"""Print how the input screen does on labelled lines of JSON: text, label (1 is an attack), source, category."""

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

from app.infrastructure.ai.screening import BLOCK, FLAG, assess

Row = tuple[float, float]
"""The score of a text, and the processor time that it took in seconds."""


def main(paths: list[str]) -> int:
    if not paths:
        print("usage: python -m scripts.bench_screening FILE.jsonl ...", file=sys.stderr)
        return 2
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    slowest, size, spent = (0.0, "", ""), 0, 0.0
    for path in paths:
        for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
            one = json.loads(line)
            row = _measured(one["text"])
            kind = "attack" if one["label"] else "harmless"
            groups[kind, one.get("source", path), one.get("category", "")].append(row)
            groups[kind, "all of " + Path(path).name, ""].append(row)
            kilobytes = len(one["text"].encode()) / 1024
            size, spent = size + len(one["text"].encode()), spent + row[1]
            slowest = max(slowest, (row[1] * 1000 / max(kilobytes, 1), f"{path}:{number}", one["text"][:60]))
    _print_table(groups)
    print(f"\n{spent * 1000 / max(size / 1024, 1):.3f} ms of processor time per KB")
    print(f"slowest: {slowest[0]:.3f} ms per KB, {slowest[1]}: {slowest[2]!r}")
    return 0


def _measured(text: str) -> Row:
    began = time.process_time()
    score = assess(text).score
    return score, time.process_time() - began


def _print_table(groups: dict[tuple[str, ...], list[Row]]) -> None:
    print(f"{'kind':9} {'source':36} {'category':30} {'texts':>6} {f'>= {FLAG}':>8} {f'>= {BLOCK}':>8}")
    for (kind, source, category), rows in sorted(groups.items()):
        flagged, blocked = (100 * sum(score >= bar for score, _ in rows) / len(rows) for bar in (FLAG, BLOCK))
        print(f"{kind:9} {source:36} {category:30} {len(rows):6} {flagged:6.1f} % {blocked:6.1f} %")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
