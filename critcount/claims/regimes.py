"""Mild and vast overparameterisation: the limits, with measured convergence, and the crossover."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from flint import arb
from scipy.special import lambertw

from critcount._support import markup
from critcount.claims.claim import Case, Claim, Facts, Unit, Verdict
from critcount.counting import enclosures, layer
from critcount.counting.isolation import isolated, precision

__all__ = ["CLAIMS", "Quotients"]


def mild_ratio(r_star: int, extra: int, less: int) -> Fraction:
    """Return G(r*-l, m)/T(r*, m), m = r* + h, over its limit m^l h!/(2^l (l+h)!); exact."""
    m = r_star + extra
    ratio = Fraction(layer.G(r_star - less, m), layer.T(r_star, m))
    limit = Fraction(m**less * math.factorial(extra), 2**less * math.factorial(less + extra))
    return ratio / limit


def extrapolate(values: Sequence[Fraction]) -> list[Fraction]:
    """Return the last of every column of Richardson's table for steps that halve.

    Examples
    --------
    >>> [str(x) for x in extrapolate([Fraction(1) + Fraction(3, n) for n in (1, 2, 4)])]
    ['7/4', '1', '1']
    """
    column, last = list(values), [values[-1]]
    for k in range(1, len(values)):
        pairs = itertools.pairwise(column)
        column = [(2**k * b - a) / (2**k - 1) for a, b in pairs]
        last.append(column[-1])
    return last


@dataclass(frozen=True)
class Quotients(Facts):
    """How the ratio nears its limit.

    Attributes
    ----------
    extra, less : int
        h and l: G(r* - l, r* + h) is compared with T(r*, r* + h).
    r_star : sequence of int
        Minimal widths.
    errors : sequence of float
        At each of them the quotient of ratio and limit, less 1.
    """

    extra: int
    less: int
    r_star: Sequence[int]
    errors: Sequence[float]


def measure_mild(extra: int, less: int, last: int) -> list[Case]:
    """Extrapolate the quotient of the ratio and its limit to r* → ∞."""
    sizes = [last >> k for k in range(4, -1, -1)]
    quotients = [mild_ratio(r_star, extra, less) for r_star in sizes]
    *_, before, best = extrapolate(quotients)
    return [
        Case(
            f"h = {extra}, l = {less}",
            extra + less,
            abs(float(best - 1)),
            abs(float(best - before)),
            facts=Quotients(extra, less, sizes, [float(quotient - 1) for quotient in quotients]),
        )
    ]


def _units_mild(quick: bool) -> list[Unit]:
    last = 512 if quick else 2048
    return [
        {"extra": extra, "less": less, "last": last} for extra in range(4) for less in (1, 2, 3)
    ]


class VastErrors(NamedTuple):
    """log10 of G(r* - 1, m)/T(r*, m), and by how much T and G miss their leading terms."""

    log10_ratio: float
    expansions: float
    critical: float

    def _repr_html_(self) -> str:
        return markup.record(self)


@isolated
def vast_errors(r_star: int, m: int) -> VastErrors:
    """Return the ratio, and how far the leading terms for m → ∞ are off."""
    with precision(160):
        log_t, log_g = enclosures.log10_T(r_star, m), enclosures.log10_G(r_star - 1, m)
        lead_t = enclosures.log10_T(0, m) + r_star * (arb(m) / arb(m).lambertw()).log_base(10)
        lead_g = m * arb(r_star - 1).log_base(10)
        ten = arb(10)
        off_t, off_g = ten ** (log_t - lead_t) - 1, ten ** (log_g - lead_g) - 1
        return VastErrors(
            float(log_g - log_t), float(abs(off_t).upper()), float(abs(off_g).upper())
        )


def measure_vast(r_star: int, decades: int) -> list[Case]:
    """Follow the ratio and both leading terms over decades of m."""
    widths = [10**k for k in range(2, decades + 1)]
    ratios, errors_T, errors_G = zip(*(vast_errors(r_star, m) for m in widths), strict=True)
    less = r_star - 1
    # G grows with r, so that all smaller widths together have at most r* - 1 times G(r*-1, m)
    digits = [ratio + math.log10(less) for ratio in ratios]
    limits = [off * m / lambertw(m).real for m, off in zip(widths, errors_T, strict=True)]
    *_, before, last = [abs(b / a - 1) for a, b in itertools.pairwise(limits)]
    # the first term of the alternating sum of G bounds what is left; enclosures to 10^-10
    sound = all(b < 2 * a < 0 for a, b in itertools.pairwise(digits)) and all(
        off <= less * (1 - 1 / less) ** m + 1e-9 for m, off in zip(widths, errors_G, strict=True)
    )
    return [
        Case(
            f"r* = {r_star}",
            r_star,
            last if sound else math.inf,
            before,
        )
    ]


def _units_vast(quick: bool) -> list[Unit]:
    return [{"r_star": r_star, "decades": 7} for r_star in ((3, 4, 6) if quick else range(3, 11))]


def measure_crossover(r_star: int, beyond: int) -> list[Case]:
    """Compare the ratio with 1 at every width from r* + 1 to well beyond the crossover."""
    h = layer.crossover_from_integers(r_star)
    ratios = [layer.critical_to_global_ratio(r_star, r_star + k) for k in range(1, h + beyond + 1)]
    wrong = sum((ratio < 1) != (k >= h) for k, ratio in enumerate(ratios, 1))
    wrong += sum(b > a for a, b in itertools.pairwise(ratios))
    return [Case(f"r* = {r_star}", r_star, float(wrong), 0.0)]


def _units_crossover(quick: bool) -> list[Unit]:
    small = [3, 4, 5, 6, 8, 10, 15, 20]
    return [
        {"r_star": r_star, "beyond": 20} for r_star in (small if quick else [*small, 30, 50, 100])
    ]


CLAIMS = (
    Claim(
        name="mild-regime",
        statement="For a fixed number h of extra neurons and r* → ∞ the critical subspaces of "
        "width r* - l outnumber those of the global minima: the ratio is asymptotically "
        "m^l h!/(2^l (l+h)!).",
        paper="S21",
        method="exact counts",
        subjects="pairs (h, l)",
        quantity="extrapolated quotient of ratio and limit, less 1",
        recorded=Verdict("holds"),
        units=_units_mild,
        measure=measure_mild,
        facts=Quotients,
    ),
    Claim(
        name="vast-regime",
        statement="For fixed r* and m → ∞ the global minima outnumber all critical subspaces: "
        "G(r, m) ~ r^m, T(r*, m) ~ Bell(m) (m/W(m))^r*, and the ratio vanishes.",
        paper="S21",
        method="proved enclosures",
        subjects="minimal widths",
        quantity="change of m/W(m) times the relative error of T's leading term",
        recorded=Verdict("holds"),
        units=_units_vast,
        measure=measure_vast,
    ),
    Claim(
        name="crossover",
        statement="There is one width at which the global minima overtake the critical subspaces "
        "of all smaller widths, and they stay ahead from there on.",
        paper="S21",
        method="exact counts",
        subjects="minimal widths",
        quantity="widths on the wrong side, or where the ratio grows",
        recorded=Verdict("holds"),
        units=_units_crossover,
        measure=measure_crossover,
    ),
)
