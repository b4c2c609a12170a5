"""Read every model of the zoo, find its symmetry and prove a random element in float64.

    python tests/zoo/run.py [--once] results.csv [source [name ...]]

Needs torch, torchvision, timm and transformers; downloads nothing. Each model is read twice, by
running it on tensors without values and by torch.export, and both must give the same group. One
line for each model: state, how it was read, log10 of the order, whether torch.export agrees,
gaps, relative deviation, share of coordinates moved, seconds of the processor. A model that is in
the file already is skipped. `--once` leaves torch.export out, which takes most of the time. Models
of more than `LARGE` parameters are read and not proved.
"""

from __future__ import annotations

import contextlib
import csv
import gc
import pathlib
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from catalogue import everything

from critcount.models import Symmetry
from critcount.models.torch_export import export
from critcount.models.torch_reader import program_of
from critcount.models.torch_trace import trace

COLUMNS = [
    "source",
    "name",
    "state",
    "way",
    "log10",
    "agrees",
    "labels",
    "gaps",
    "deviation",
    "moved",
    "read_s",
    "prove_s",
    "note",
]
#: Seconds of the processor for each of reading, reading again, proving.
LIMIT = 150
LARGE = 320_000_000


class LateError(Exception):
    """A step took too long."""


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Stop what takes longer."""

    def late(*_: Any) -> None:
        raise LateError(f"more than {seconds} s")

    signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def examine(build: Any, twice: bool) -> dict[str, Any]:
    torch.manual_seed(0)
    model, args, kwargs = build()
    row: dict[str, Any] = {"way": "run"}
    start = time.process_time()
    with at_most(LIMIT):
        try:
            trace(model, args, kwargs)
        except Exception as error:
            row["way"] = "export"
            print("  not run without values:", f"{type(error).__name__}: {error}"[:200])
        symmetry = Symmetry.from_torch(model, args, kwargs)
    row["read_s"] = f"{time.process_time() - start:.2f}"
    row["log10"] = f"{symmetry.log10:.2f}"
    row["gaps"] = len(symmetry.gaps)
    row["note"] = "; ".join(f"{a}: {b}" for a, b in symmetry.gaps[:2])
    row["labels"] = len(symmetry.movable())
    row["state"] = "read"
    if row["way"] == "run" and twice:
        try:
            with at_most(LIMIT):
                other = Symmetry.of_program(program_of(export(model, args, kwargs)))
            same = (other.factors, other.orbits) == (symmetry.factors, symmetry.orbits)
            row["agrees"] = "yes" if same else f"NO: {other.log10:.2f}"
        except Exception as error:
            row["agrees"] = f"not exported: {type(error).__name__}"
    if sum(p.numel() for p in model.parameters()) > LARGE:
        return row
    start = time.process_time()
    try:
        with at_most(LIMIT):
            proof = symmetry.prove(np.random.default_rng(0))
    except LateError as error:
        row["note"] = f"{row['note']} proof: {error}".strip()
        return row
    row["prove_s"] = f"{time.process_time() - start:.2f}"
    row["deviation"] = f"{proof.relative:.1e}"
    row["moved"] = f"{proof.moved:.3f}"
    row["state"] = "proved" if proof.holds else "WRONG"
    return row


def main() -> None:
    arguments = [v for v in sys.argv[1:] if v != "--once"]
    path, wanted = pathlib.Path(arguments[0]), arguments[1:]
    done = set()
    if path.exists():
        with path.open() as file:
            done = {(r["source"], r["name"]) for r in csv.DictReader(file)}
    else:
        path.write_text(",".join(COLUMNS) + "\n")
    warnings.simplefilter("ignore")
    for source, name, build in everything():
        if (
            (source, name) in done
            or (wanted and source != wanted[0])
            or (len(wanted) > 1 and name not in wanted[1:])
        ):
            continue
        row: dict[str, Any] = {"source": source, "name": name}
        try:
            row.update(examine(build, "--once" not in sys.argv))
        except Exception as error:
            row["state"] = "error"
            row["note"] = f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
        with path.open("a") as file:
            csv.DictWriter(file, COLUMNS).writerow(row)
        print(*row.values(), flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
