"""Run the units of work of claims, one after the other; go on where a run was interrupted."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import critcount
from critcount._support.extras import optional
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount._support.units import Units
from critcount.claims.claim import Case, Claim, Count, Finding, Unit

__all__ = ["require_landscape", "run", "units"]


def units(claims: Iterable[Claim], quick: bool) -> list[tuple[Claim, Unit]]:
    """Return the units of work of claims, claim by claim."""
    return [(claim, unit) for claim in claims for unit in claim.units(quick)]


def require_landscape(claims: Iterable[Claim]) -> None:
    """Raise ImportError when a claim needs JAX and it is not installed."""
    needing = next((claim.name for claim in claims if claim.landscape), None)
    if needing is None:
        return
    optional("jax", "landscape", f"the claim {needing} (--only chooses others) needs JAX")


def run(
    claims: Sequence[Claim],
    *,
    quick: bool = False,
    folder: str | os.PathLike[str] | None = None,
    advance: Advance = silent,
) -> list[Finding]:
    """Measure every unit of the claims and return what was found.

    Parameters
    ----------
    claims : sequence of Claim
    quick : bool
        Fewer shapes and seeds.
    folder : path, optional
        Where every finished unit is kept, in a file of its own that is there whole or not at all.
        Units found there are not measured again. A unit is known by its claim, its arguments,
        the version of critcount and the text of its source files.
    advance : callable, optional
        Called with 1 after every unit.

    Returns
    -------
    list of Finding
        In the order of the claims.

    Raises
    ------
    ImportError
        Before any work, when a claim needs the extra ``landscape`` and it is not installed.
    OSError
        When the folder cannot be made or written.
    ValueError
        When it holds a damaged file.

    Examples
    --------
    >>> from critcount.claims.registry import CLAIMS
    >>> [finding] = run([CLAIMS["permutation-point-count"]], quick=True)
    >>> print(finding.verdict)
    holds
    """
    require_landscape(claims)
    done = Units(folder, unbounded=True)
    measured: dict[str, list[Case | Count]] = {claim.name: [] for claim in claims}
    for claim, unit in units(claims, quick):
        measured[claim.name] += _measured(claim, unit, done)
        advance(1)
    return [Finding.of(claim, measured[claim.name]) for claim in claims]


@functools.cache
def source() -> str:
    """Return a digest of the text of all modules of the package."""
    digest = hashlib.sha256()
    root = Path(critcount.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _measured(claim: Claim, unit: Unit, done: Units) -> Sequence[Case | Count]:
    """Return what a unit has measured, from the folder when it is there."""
    key = {
        "version": critcount.__version__,
        "source": source(),
        "claim": claim.name,
        "arguments": dict(unit),
    }
    text = json.dumps(key, sort_keys=True)
    name = f"{claim.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if (document := done.read(name)) is not None:
        try:
            counts = [Count(**count) for count in document["counts"]]
            return [*(_case(claim, case) for case in document["cases"]), *counts]
        except (KeyError, TypeError) as error:
            raise done.damaged(name) from error
    measured = claim.measure(**unit)
    found: dict[str, list[dict[str, object]]] = {"cases": [], "counts": []}
    for item in measured:
        found["cases" if isinstance(item, Case) else "counts"].append(asdict(item))
    done.write(name, {**key, **found})
    return measured


def _case(claim: Claim, stored: dict[str, Any]) -> Case:
    """Return a case that was kept."""
    facts = stored.pop("facts")
    if facts is None:
        return Case(**stored)
    if claim.facts is None:
        raise TypeError(f"the claim {claim.name} has no facts")
    return Case(**stored, facts=claim.facts(**facts))
