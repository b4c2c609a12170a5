"""Read every model of the zoo, find its symmetry and prove a random element in float64.

    python tests/zoo/run.py results.csv [source [name ...]]

Needs torch, torchvision, timm and transformers; downloads nothing. One line for each model:
read or not, log10 of the order, gaps, relative deviation, share of coordinates moved, seconds.
A model that is in the file already is skipped.
"""

from __future__ import annotations

import csv
import gc
import pathlib
import signal
import sys
import time
import warnings
from typing import Any

import numpy as np
import torch
from catalogue import everything

from critcount.models import Symmetry

COLUMNS = [
    "source",
    "name",
    "state",
    "log10",
    "labels",
    "gaps",
    "deviation",
    "moved",
    "read_s",
    "prove_s",
    "note",
]
LIMIT = 100


def examine(build: Any) -> dict[str, Any]:
    torch.manual_seed(0)
    model, args, kwargs = build()
    row: dict[str, Any] = {}
    start = time.perf_counter()
    symmetry = Symmetry.from_torch(model, args, kwargs)
    row["read_s"] = f"{time.perf_counter() - start:.2f}"
    row["log10"] = f"{symmetry.log10:.2f}"
    row["gaps"] = len(symmetry.gaps)
    row["note"] = "; ".join(f"{a}: {b}" for a, b in symmetry.gaps[:2])
    row["labels"] = len(symmetry.movable())
    start = time.perf_counter()
    proof = symmetry.prove(np.random.default_rng(0))
    row["prove_s"] = f"{time.perf_counter() - start:.2f}"
    row["deviation"] = f"{proof.relative:.1e}"
    row["moved"] = f"{proof.moved:.3f}"
    row["state"] = "proved" if proof.holds else "WRONG"
    return row


def main() -> None:
    path = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:]
    done = set()
    if path.exists():
        with path.open() as file:
            done = {(r["source"], r["name"]) for r in csv.DictReader(file)}
    else:
        path.write_text(",".join(COLUMNS) + "\n")

    def late(*_: Any) -> None:
        raise TimeoutError(f"more than {LIMIT} s")

    signal.signal(signal.SIGALRM, late)
    warnings.simplefilter("ignore")
    for source, name, build in everything():
        if (
            (source, name) in done
            or (wanted and source != wanted[0])
            or (len(wanted) > 1 and name not in wanted[1:])
        ):
            continue
        row: dict[str, Any] = {"source": source, "name": name}
        signal.alarm(LIMIT)
        try:
            row.update(examine(build))
        except Exception as error:
            row["state"] = "error"
            row["note"] = f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
        signal.alarm(0)
        with path.open("a") as file:
            csv.DictWriter(file, COLUMNS).writerow(row)
        print(*row.values(), flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
