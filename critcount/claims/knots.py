"""How many knots a ReLU network from R to R^p can have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from critcount.architecture import widths_text
from critcount.claims.claim import Case, Claim, Facts, Unit, Verdict
from critcount.piecewise import count_knots, max_knots, most_knots_network
from critcount.piecewise.certificates import without_certificate

__all__ = ["CLAIMS", "Widths"]

#: The quotient that still counts as "approximately".
FACTOR = 2
SMALL_SUM = "the sum of 1/n_k is small (at a fixed width the quotient grows with the depth)"


def _widths(hidden: Sequence[int]) -> tuple[int, ...]:
    return (1, *hidden, 1)


def measure_product(hidden: Sequence[int]) -> list[Case]:
    """Compare the knots of the explicit network, and the proved bound, with the product."""
    product = math.prod(n + 1 for n in hidden) - 1
    found = count_knots(most_knots_network(_widths(hidden)))
    upper = max_knots(_widths(hidden)).upper
    attained = len(hidden) == 1 or (min(hidden[:-1]) >= 3 and hidden[-1] >= 2)
    missed = product - found if attained else max(0, upper - (product - 1))
    over = max(0, upper - product)
    layers = f"{len(hidden)} hidden layer{'s' * (len(hidden) > 1)}"
    name = widths_text(_widths(hidden))
    return [Case(layers, sum(hidden), missed + over, 0, None, name)]


def _product_units(quick: bool) -> list[Unit]:
    most = {1: 6, 2: 4, 3: 3} if quick else {1: 9, 2: 6, 3: 5, 4: 3}
    return [
        {"hidden": list(hidden)}
        for depth, width in most.items()
        for hidden in itertools.product(range(1, width + 1), repeat=depth)
    ]


def measure_two(block: Sequence[int], narrow: Sequence[int], last: int) -> list[Case]:
    """Compare the network, and the bound, with the formula for the narrow layers."""
    p = math.prod(n + 1 for n in block)
    knots, zeros = {(2,): (3, 2), (2, 2): (7, 6), (2, 3): (9, 8), (2, 4): (11, 10)}[tuple(narrow)]
    formula = knots * p - 1 + zeros * p * last
    widths = _widths((*block, *narrow, last))
    found = count_knots(most_knots_network(widths))
    bounds = max_knots(widths)
    wrong = abs(found - formula) + abs(bounds.upper - formula) + abs(bounds.lower - formula)
    ending = f"{widths_text(narrow)}-n"
    return [Case(ending, sum(widths), wrong, 0, None, widths_text(widths))]


def measure_types(second: int) -> list[Case]:
    """Count the types of networks 1-2-n without a certificate against alternating slopes."""
    _, left = without_certificate(second)
    return [Case(f"all types 2-{second}", second, left, 0)]


def measure_narrow(**arguments: Any) -> list[Case]:
    """Measure a formula, or the certificates that one of them rests on."""
    return measure_types(**arguments) if "second" in arguments else measure_two(**arguments)


def _narrow_units(quick: bool) -> list[Unit]:
    blocks = [[], [3], [4]] if quick else [[], [3], [4], [5], [3, 3], [3, 4]]
    units: list[Unit] = [
        {"block": block, "narrow": narrow, "last": last}
        for block in blocks
        for narrow in ([2], [2, 2], [2, 3], [2, 4])
        for last in (2, 3, 4)
    ]
    return units + [{"second": n} for n in ((1, 2, 3) if quick else (1, 2, 3, 4))]


@dataclass(frozen=True)
class Widths(Facts):
    """Of an architecture, whether the sum of 1/n_k is at most ln 2."""

    small: bool


def measure_approximate(hidden: Sequence[int]) -> list[Case]:
    """Measure the most knots over the product of the widths."""
    exact = max_knots(_widths(hidden)).exact
    quotient = math.nan if exact is None else exact / math.prod(hidden)
    small = sum(1 / n for n in hidden) <= math.log(FACTOR)
    name = (
        widths_text(_widths(hidden)) if len(hidden) < 5 else f"{len(hidden)} layers of {hidden[0]}"
    )
    return [Case(name, sum(hidden), quotient, FACTOR, facts=Widths(small))]


def _approximate_units(quick: bool) -> list[Unit]:
    return [{"hidden": [n] * depth} for n in (3, 4, 10, 100) for depth in (1, 2, 3, 5, 10, 30)]


def judge_approximate(cases: Sequence[Case]) -> Verdict:
    """Within a factor of two wherever Σ 1/n_k <= ln 2; elsewhere some are not."""
    if failures := [case for case in cases if case.told(Widths).small and not case.passed]:
        return Verdict("fails as stated", min(failures, key=lambda case: case.size).place)
    if all(case.passed for case in cases):
        return Verdict("holds")
    return Verdict("holds only if", SMALL_SUM)


CLAIMS = (
    Claim(
        name="knots-product",
        statement="A ReLU network R → R^p with hidden widths n_1, …, n_L has at most (n_1+1) ⋯ "
        "(n_L+1) - 1 knots; some network has as many exactly when every width but the last is at "
        "least 3 and the last at least 2, or there is one layer.",
        paper="derived",
        method="theorem, exact counts",
        subjects="architectures",
        quantity="number of knots by which the statement is missed",
        recorded=Verdict("holds"),
        units=_product_units,
        measure=measure_product,
    ),
    Claim(
        name="knots-narrow",
        statement="After layers of widths at least 3 with P = Π (n_k+1), the most knots with last "
        "layers 2, n or 2, 2, n or 2, 3, n or 2, 4, n are 3P - 1 + 2Pn, 7P - 1 + 6Pn, "
        "9P - 1 + 8Pn and 11P - 1 + 10Pn for n at least 2.",
        paper="derived",
        method="theorem, exact counts",
        subjects="architectures by their last layers, and sets of types",
        quantity="difference from the formula, or number of types without a certificate",
        recorded=Verdict("holds"),
        units=_narrow_units,
        measure=measure_narrow,
    ),
    Claim(
        name="knots-approximate",
        statement="The most knots of a ReLU network R → R^p are approximately n_1 ⋯ n_L.",
        paper="C16",
        method="exact counts",
        subjects="architectures of equal widths",
        quantity="quotient of the most knots and the product of the widths",
        recorded=Verdict("holds only if", SMALL_SUM),
        units=_approximate_units,
        measure=measure_approximate,
        judge=judge_approximate,
        facts=Widths,
    ),
)
