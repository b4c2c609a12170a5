"""Print the table of docs/models.md from results.csv: python tests/zoo/summarise.py"""

from __future__ import annotations

import csv
import pathlib

RESULTS = pathlib.Path(__file__).with_name("results.csv")
HEAD = """\
| source | models | read | with gaps | proved | largest relative deviation | torch.export needed |
|---|---|---|---|---|---|---|"""


def table(path: pathlib.Path = RESULTS) -> str:
    """Return the table: a line for each source of models."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    lines = [HEAD]
    for source in ("torchvision", "timm", "transformers"):
        mine = [r for r in rows if r["source"] == source]
        read = [r for r in mine if r["state"] in ("read", "proved")]
        proved = [r for r in read if r["state"] == "proved" and float(r["moved"]) > 0.9]
        gaps = sum(r["gaps"] != "0" for r in read)
        worst = max(float(r["deviation"]) for r in proved)
        export = sum(r["way"] == "export" for r in read)
        counts = (len(mine), len(read), gaps, len(proved), f"{worst:.1e}", export)
        lines.append(f"| {source} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
