"""What a claim is: a statement, the units of work that test it, and the verdict they add up to.

A unit measures some cases. The verdict is a function of the cases alone, so that it can be asked
of other cases too: perturbed ones, or those of a wrong formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from critcount._support import markup

__all__ = ["Case", "Claim", "Count", "Facts", "Finding", "Verdict", "all_within", "too_few"]

#: The arguments of one unit of work: plain numbers, texts and lists, as JSON has them.
Unit: TypeAlias = Mapping[str, Any]

VerdictKind = Literal["holds", "holds only if", "fails as stated", "not decided"]
VERDICTS: tuple[VerdictKind, ...] = get_args(VerdictKind)


@dataclass(frozen=True)
class Verdict:
    """What has become of a claim.

    Attributes
    ----------
    kind : {"holds", "holds only if", "fails as stated", "not decided"}
    detail : str
        The condition, the smallest counterexample, or what is missing; empty for "holds".

    Examples
    --------
    >>> print(Verdict("holds only if", "the layer has one output"))
    holds only if the layer has one output
    >>> print(Verdict("fails as stated", "1-2-2 has fewer"))
    fails as stated: 1-2-2 has fewer
    """

    kind: VerdictKind
    detail: str = ""

    def __post_init__(self) -> None:
        if self.kind not in VERDICTS:
            raise ValueError(f"kind must be one of {', '.join(VERDICTS)}, not {self.kind!r}")

    def __str__(self) -> str:
        if not self.detail:
            return self.kind
        return f"{self.kind}{' ' if self.kind == 'holds only if' else ': '}{self.detail}"

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class Facts:
    """What the verdict or the figure of a claim needs beside the figures of the cases.

    A claim that needs something has a subclass, with fields that JSON holds.
    """

    def _repr_html_(self) -> str:
        return markup.record(self)


FactsOf = TypeVar("FactsOf", bound=Facts)


@dataclass(frozen=True)
class Case:
    """One thing measured.

    Attributes
    ----------
    shape : str
        Of what, in a few characters: "2-3-1", "(2, 4)".
    size : int
        Orders the cases by size, to find the smallest that fails.
    figure, tolerance : float
        What was measured and how large it may be. A NaN is a case that could not be decided.
    seed : int, optional
        Where chance is involved.
    where : str
        What further tells the case apart, such as a layer.
    facts : Facts, optional
        Whatever else the verdict or a figure needs.
    """

    shape: str
    size: int
    figure: float
    tolerance: float
    seed: int | None = None
    where: str = ""
    facts: Facts | None = None

    def told(self, kind: type[FactsOf]) -> FactsOf:
        """Return the facts, which must be of a kind.

        Raises
        ------
        TypeError
            When they are not.
        """
        if not isinstance(self.facts, kind):
            raise TypeError(f"{self.name} has no {kind.__name__}")
        return self.facts

    @property
    def passed(self) -> bool:
        """Whether the figure is within its tolerance; a NaN is not."""
        return self.figure <= self.tolerance

    @property
    def decided(self) -> bool:
        """Whether there is a figure."""
        return not math.isnan(self.figure)

    @property
    def excess(self) -> float:
        """The figure in units of its tolerance; for a tolerance of 0, 0 or infinite."""
        if self.passed:
            return self.figure / self.tolerance if self.tolerance else 0.0
        if not self.decided:
            return -1.0
        return self.figure / self.tolerance if self.tolerance else math.inf

    @property
    def name(self) -> str:
        """The place, and the seed where there is one."""
        return self.place if self.seed is None else f"{self.place}, seed {self.seed}"

    @property
    def place(self) -> str:
        """The shape, and what further tells the case apart."""
        return f"{self.shape}, {self.where}" if self.where else self.shape

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class Count:
    """How many of how many: what a reader of the sample must know beside the cases.

    Examples
    --------
    >>> print(Count("trainings converged", 17, 20))
    17 of 20 trainings converged
    """

    what: str
    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number} of {self.of} {self.what}"

    def _repr_html_(self) -> str:
        return markup.record(self)


def all_within(cases: Sequence[Case]) -> Verdict:
    """Return "holds" when every figure is within its tolerance, or name the smallest that is not.

    Not decided where fewer than half of the cases are, and none fails.

    Examples
    --------
    >>> print(all_within([Case("2-3-1", 9, 1e-16, 1e-14), Case("2-4-1", 12, 1e-3, 1e-14)]))
    fails as stated: 2-4-1
    """
    if failures := [case for case in cases if case.decided and not case.passed]:
        return Verdict("fails as stated", min(failures, key=lambda case: case.size).place)
    if unsettled := too_few(cases):
        return unsettled
    return Verdict("holds")


def too_few(cases: Sequence[Case]) -> Verdict | None:
    """Return "not decided" when fewer than half of the cases are decided, or there are none."""
    decided = sum(case.decided for case in cases)
    if cases and 2 * decided >= len(cases):
        return None
    return Verdict("not decided", f"{decided} of {len(cases)} cases are")


@dataclass(frozen=True)
class Claim:
    """A statement of one of the papers, or about one, and how it is tested.

    Attributes
    ----------
    name : str
        As `critcount verify --only` takes it.
    statement : str
        One sentence.
    paper : str
        "B19" (Brea et al. 2019, arXiv 1907.02911), "S21" (Şimşek et al. 2021, arXiv 2105.12221),
        "C16" (Chen 2016, arXiv 1611.09448, its abstract), "M25" (Martinelli et al. 2025, arXiv
        2506.14951) or "derived".
    method : str
        "theorem", "enumeration", "linear algebra", "trained networks", "exact counts", "proved
        enclosures", or two of them.
    subjects : str
        What the cases are, in the plural.
    quantity : str
        What the figure is.
    recorded : Verdict
        Of the published table; a run that comes to another one is an error somewhere.
    units : callable
        Whether to be quick → the arguments of every unit of work.
    measure : callable
        The arguments of a unit → its cases, and counts for the sample.
    judge : callable
        All cases → the verdict.
    landscape : bool
        Whether it needs the extra of that name.
    facts : type, optional
        The kind of facts that its cases have, where some have any.
    """

    name: str
    statement: str
    paper: str
    method: str
    subjects: str
    quantity: str
    recorded: Verdict
    units: Callable[[bool], Sequence[Unit]]
    measure: Callable[..., Sequence[Case | Count]]
    judge: Callable[[Sequence[Case]], Verdict] = all_within
    landscape: bool = False
    facts: type[Facts] | None = None

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class Finding:
    """A claim with what was measured.

    Examples
    --------
    >>> from critcount.claims.registry import CLAIMS
    >>> claim = CLAIMS["critical-disjoint"]
    >>> finding = Finding.of(claim, claim.measure(r=2, m=3, d_in=2, d_out=1, seed=0))
    >>> print(finding.verdict)
    holds
    """

    claim: Claim
    cases: Sequence[Case]
    counts: Sequence[Count] = ()

    @classmethod
    def of(cls, claim: Claim, measured: Sequence[Case | Count]) -> Finding:
        """Return the finding of what units have measured; counts of the same are added up."""
        counts: dict[str, Count] = {}
        for item in measured:
            if isinstance(item, Count):
                sofar = counts.get(item.what, Count(item.what, 0, 0))
                counts[item.what] = Count(
                    item.what, sofar.number + item.number, sofar.of + item.of
                )
        cases = tuple(item for item in measured if isinstance(item, Case))
        return cls(claim, cases, tuple(counts.values()))

    @property
    def verdict(self) -> Verdict:
        """What the cases add up to."""
        return self.claim.judge(self.cases)

    @property
    def agrees(self) -> bool:
        """Whether the verdict is the one of the published table."""
        return self.verdict == self.claim.recorded

    @property
    def worst(self) -> Case | None:
        """The case whose figure is largest beside its tolerance."""
        return max(self.cases, key=lambda case: case.excess, default=None)

    @property
    def sample(self) -> str:
        """How many cases, of which shapes and seeds."""
        shapes = list(dict.fromkeys(case.shape for case in self.cases))
        seeds = sorted({case.seed for case in self.cases if case.seed is not None})
        text = f"{len(self.cases)} {self.claim.subjects}: {', '.join(shapes)}"
        undecided = sum(not case.decided for case in self.cases)
        return (
            text
            + (f"; seeds {_ranges(seeds)}" if seeds else "")
            + (f"; {undecided} undecided" if undecided else "")
            + "".join(f"; {count}" for count in self.counts)
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers with runs shortened: 0 to 19."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs)
