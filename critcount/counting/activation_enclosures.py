r"""Enclosures of the numbers of types and critical subspaces, far beyond the exact ones.

Each is a sum of few numbers m! [x^m] F(x) with coefficients, some negative, where F is as
`critcount.counting.contours` takes it: with u = e^x - 1 = e^z - 1 there,

    u = minus,   2 + u = plus,   1 + u = power,   e^u = once,   e^(u + u²/2) = pairs.

Every number is enclosed by itself and the balls are added, with more bits until what has
cancelled is made up for. What would cancel nearly whole is left out by hand: for m = r the number
is the order of the group, and the types with p mixed zero-type blocks begin at m = r + 2p. For
the form "linear" with r minimal neurons and d inputs the generating function is written

    E_d = e^u ((2u+u²)^r (e^(u²/2) - 1) + u^r (1 - u²/2)
               + Σ_{k=d}^{r} C(r, k) 2^(r-k) u^(r+k) - C(r, d) u^(r+d)),

the last two terms for d ≤ r: the types with flipped neurons and k ≥ d mixed replication blocks,
and those without flipped neurons, k > d.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from flint import arb, fmpz

from critcount._support import checks, numerals
from critcount._support.errors import SizeLimitError
from critcount.activations import Activation
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.counting.activations import count_types
from critcount.counting.contours import Contour, Growth
from critcount.counting.domains import SmoothParts, count_types_on_domain, required_parts
from critcount.counting.enclosures import (
    MAX_M,
    LeadingDigits,
    alternating,
    digits_of_ball,
    enclosure,
)
from critcount.counting.isolation import isolated, precision
from critcount.counting.network import layer_pairs
from critcount.counting.network_types import is_known, layer_settings
from critcount.counting.setting import Biases, Setting

__all__ = [
    "leading_digits_of_types",
    "log10_critical_types",
    "log10_network_types",
    "log10_types",
]

#: The most terms of a sum, each an integral.
MOST_INTEGRALS = 300
_MOST_TRIES = 12
#: Numbers of m up to this are computed in full for their leading digits.
_EXACT_M = 500


class Term(NamedTuple):
    """factor 2^two C(upper, lower) m^shift times the number of F at m - shift."""

    factor: Fraction
    growth: Growth
    two: int = 0
    upper: int = 0
    lower: int = 0
    shift: int = 0


def log10_types(r: int, m: int, setting: Setting, *, domain: bool = False) -> arb:
    """Return a ball that contains log10 of `critcount.counting.activations.count_types`.

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m ≤ 10^100.
    setting : Setting
    domain : bool
        On a bounded domain: of `critcount.counting.domains.count_types_on_domain`.

    Returns
    -------
    flint.arb
        Its radius is at most 10^-10. Proved, by interval arithmetic.

    Raises
    ------
    TypeError, ValueError
        As `critcount.counting.activations.count_types`, or when there are no types.
    SizeLimitError
        For m > 10^100, and for a sum of more than 300 terms: of the form "linear" with d and
        min(r, m - r) - d both greater.

    See Also
    --------
    critcount.log10_T : the same for a generic activation without biases.
    leading_digits_of_types : the first digits, proved.

    Examples
    --------
    >>> log10_types(4, 10**6, Setting("gelu", 8)).str(20)
    '[4822909.3985038741888 +/- 2.39e-14]'
    >>> log10_types(4, 10**6, Setting("relu", 8), domain=True).str(20)
    '[4822912.0090217032029 +/- 3.45e-14]'
    >>> log10_types(4, 10**50, Setting("tanh", 8)).rad() < 1e-10
    True
    """
    r, m = _checked(r, m, setting)
    return _log10_sum(_terms(r, m, setting, domain), m, 40)


def log10_network_types(
    architecture: ArchitectureLike,
    minimal: int | Sequence[int],
    activation: str | Activation,
    biases: Biases = "all",
) -> arb:
    """Return a ball about log10 of `critcount.counting.network_types.count_network_types`.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
        Hidden layers of up to 10^100 neurons.
    minimal : int or sequence of int
        The minimal width of every hidden layer.
    activation, biases
        As `critcount.counting.network_types.layer_settings` takes them.

    Returns
    -------
    flint.arb
        The sum of those of the layers. Proved, by interval arithmetic.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `log10_types` and `critcount.counting.network_types.count_network_types`; for an
        activation with a linear part in several hidden layers, whose number is not known.

    Examples
    --------
    >>> log10_network_types("2-1000000-1000000-1", (4, 3), "sigmoid").str(15)
    '[9645813.57597109 +/- 4.28e-9]'
    """
    pairs = layer_pairs(as_architecture(architecture), minimal, "minimal")
    settings = layer_settings(architecture, activation, biases)
    if not is_known(settings):
        raise ValueError(
            f"{settings[0].activation.name}: how many types with flipped neurons there are in "
            "several layers is not known"
        )
    layers = [log10_types(r, m, setting) for (r, m), setting in zip(pairs, settings, strict=True)]
    with precision(80 + 2 * max(m for _, m in pairs).bit_length()):
        return sum(layers, start=arb(0))


def log10_critical_types(r: int, m: int, setting: Setting) -> arb:
    """Return a ball about log10 of `critcount.counting.activations.count_critical_types`.

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m ≤ 10^100.
    setting : Setting

    Returns
    -------
    flint.arb
        Its radius is at most 10^-10. Proved, by interval arithmetic.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `log10_types`.

    Examples
    --------
    >>> log10_critical_types(4, 10**6, Setting("tanh", 8)).str(20)
    '[954242.50943932487459 +/- 5.7e-17]'
    """
    r, m = _checked(r, m, setting)
    signed, idle = setting.critical()
    if r == 0 < m and not idle:
        raise ValueError(f"the number is 0 for r = 0, m = {checks.show(m)}")
    return _log10_critical(r, m, signed, idle, 40)


@isolated
def _log10_critical(r: int, m: int, signed: bool, idle: bool, bits: int) -> arb:
    if signed and not idle:
        value = enclosure(r, m, "G", bits + 4)
        with precision(bits + 60 + 2 * m.bit_length()):
            return value + m * arb(2).log() / arb(10).log()
    if not signed:
        # r! S(m + 1, r + 1), see count_critical_types
        value = enclosure(r + idle, m + idle, "G", bits + 4)
        with precision(bits + 60 + 2 * m.bit_length()):
            return value - (arb(r + 1).log() / arb(10).log() if idle else 0)
    with precision(bits + 60 + 2 * m.bit_length()):
        sum_ = alternating(r, m, bits + 10, 1)
        if sum_ is not None:
            return (m * arb(2 * r + 1).log() + sum_.log()) / arb(10).log()
    return _log10_sum((Term(Fraction(1), Growth(r, r, 1, 0, 0)),), m, bits)


def leading_digits_of_types(
    r: int, m: int, setting: Setting, digits: int = 10, *, domain: bool = False
) -> LeadingDigits:
    """Return the first decimal digits of the number of types, each of them proved.

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m ≤ 10^100.
    setting : Setting
    digits : int
        How many, 1 to 1000; all of them when the number has fewer.
    domain : bool
        On a bounded domain, as `log10_types` takes it.

    Returns
    -------
    LeadingDigits
        The digits, cut off and not rounded, and the exact number of digits of the number.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `log10_types`.

    Examples
    --------
    >>> leading_digits_of_types(2, 10**6, Setting("relu", 3), 15)
    LeadingDigits(digits='904535734188558', number_of_digits=4822899)
    """
    r, m = _checked(r, m, setting)
    digits = checks.integer("digits", digits, minimum=1, maximum=1000)
    if m <= _EXACT_M:
        count = count_types_on_domain if domain else count_types
        text = numerals.digits(count(r, m, setting))
        return LeadingDigits(text[:digits], len(text))
    terms = _terms(r, m, setting, domain)
    what = f"the number for r = {checks.show(r)}, m = {checks.show(m)}"
    return digits_of_ball(lambda bits: _log10_sum(terms, m, bits), m, digits, what)


def _checked(r: int, m: int, setting: Setting) -> tuple[int, int]:
    r, m = setting.require(r, m)
    if m < r:
        raise ValueError(f"the number is 0 for r = {checks.show(r)}, m = {checks.show(m)}")
    if m > MAX_M:
        raise SizeLimitError(
            f"m must be at most 10^100 for a proved enclosure, not {checks.show(m)}"
        )
    return r, m


def _terms(r: int, m: int, setting: Setting, domain: bool) -> tuple[Term, ...]:
    """Return the terms of the number for m ≥ r; on a domain m = r is as without."""
    parts = required_parts(setting) if domain else None
    if m == r:
        return (Term(Fraction(1), Growth(r, 0, 0, 1, 0), _twos(setting, r)),)
    if parts is None:
        return tuple(terms_of_types(r, m, setting))
    return tuple(_on_domain(r, m, setting, parts))


def _on_domain(r: int, m: int, setting: Setting, parts: SmoothParts) -> Iterator[Term]:
    """Yield the terms on a bounded domain, m > r.

    (e^x - 1) S and (e^(2x) - 1) S, S the function of all signs, are (e^x - 1)^(r + 1) times what
    is positive: the linear neuron is one more of them.
    """
    one = Fraction(1)
    if parts.exponential:
        yield Term(one, Growth(r, 0, 2, 2, 0))
        return
    if setting.form == "signed":
        yield Term(one, Growth(r, r, 2, 0, 1))
        return
    for term in _linear(r, m, setting.d_in):
        yield term._replace(growth=_times(term.growth, power=parts.constant))
    both = parts.linear - 1  # e^x + 1 where there are two linear parts
    yield Term(one, Growth(r + 1, r + both, parts.constant, 0, 1))


def _twos(setting: Setting, r: int) -> int:
    """Return how often 2 divides the order of the group beside r!."""
    return r if setting.form in ("signed", "trigonometric") else 0


def terms_of_types(r: int, m: int, setting: Setting) -> Iterator[Term]:
    """Yield the terms whose sum is the number of types, m > r.

    >>> for term in terms_of_types(2, 4, Setting("tanh", 1)):
    ...     print(term.factor, term.growth)
    1 Growth(minus=2, plus=2, power=1, once=0, pairs=1)
    """
    plain = Growth(r, 0, 0, 1, 0)
    signed = Growth(r, r, 0, 0, 1)
    one = Fraction(1)
    if setting.form == "constant":
        yield Term(one, _times(signed, power=1))
        yield Term(-one, plain, two=r)
        yield Term(one, plain)
        yield Term(Fraction(-r), _times(plain, minus=1))
        yield Term(Fraction(-1, 2), _times(plain, minus=2))
        if setting.hidden_biases:
            yield Term(-one, plain, shift=1)
        else:
            yield Term(-one, _times(plain, minus=1))
        return
    if setting.form == "linear" and setting.biases == "hidden":
        yield from _linear(r, m, setting.d_in + 1)
        for term in _linear(r, m - 1, setting.d_in):
            yield term._replace(growth=_times(term.growth, minus=1))
        if not setting.idle(1):
            yield Term(-one, plain, shift=1)
        return
    if setting.form == "linear":
        base = list(
            _linear(r, m, setting.d_in)
            if setting.d_out == 1
            else _linear_of_outputs(r, m, setting.d_out)
        )
        if setting.scales and not setting.hidden_biases:
            base += [Term(Fraction(-r, 2), Growth(r + 2 + k, 0, 0, 1, 0)) for k in (0, 1)]
            base.append(Term(Fraction(-1, 8), Growth(r + 4, 0, 0, 1, 0)))
    else:
        base = [Term(one, plain if setting.form == "generic" else signed)]
    for term in base:
        if not setting.idle(2):
            yield term
            continue
        yield term._replace(growth=_times(term.growth, power=1))
        if not setting.idle(1):
            yield term._replace(factor=-term.factor, shift=1)


def _times(growth: Growth, minus: int = 0, power: int = 0) -> Growth:
    return growth._replace(minus=growth.minus + minus, power=growth.power + power)


def _linear(r: int, m: int, d: int) -> Iterator[Term]:
    """Yield the terms of E_d up to x^m; see the module."""
    one = Fraction(1)
    plain, flips = Growth(r, 0, 0, 1, 0), Growth(r, r, 0, 1, 0)
    yield Term(one, plain)
    if m >= r + 2:
        yield Term(Fraction(-1, 2), Growth(r + 2, 0, 0, 1, 0))
        yield Term(one, Growth(r, r, 0, 0, 1))
        yield Term(-one, flips)
    top = min(r, m - r)
    if d > top:
        return
    yield Term(-one, Growth(r + d, 0, 0, 1, 0), upper=r, lower=d)
    first, number, sign = d, top + 1 - d, one
    if d < number:  # all of them, less those with fewer than d
        yield Term(one, flips)
        first, number, sign = 0, d, -one
    what = "the sum for more minimal neurons than inputs"
    checks.size(what, number, MOST_INTEGRALS, "terms", "there is no faster way here")
    for k in range(first, first + number):
        yield Term(sign, Growth(r + k, 0, 0, 1, 0), two=r - k, upper=r, lower=k)


def _linear_of_outputs(r: int, m: int, q: int) -> Iterator[Term]:
    """Yield the same for q outputs and r ≤ d.

    p ≥ q mixed zero-type blocks with any signs, p < q with at most p flipped neurons, but for
    p = 1 alone.
    """
    one = Fraction(1)
    yield Term(one, Growth(r, 0, 0, 1, 0))
    if m >= r + 2:
        yield Term(Fraction(-1, 2), Growth(r + 2, 0, 0, 1, 0))
    most = min(q, (m - r) // 2 + 1)
    checks.size(
        "the sum for several outputs",
        most**2,
        MOST_INTEGRALS,
        "terms",
        "there is no faster way here",
    )
    if m >= r + 2 * q:
        yield Term(one, Growth(r, r, 0, 0, 1))
        yield Term(-one, Growth(r, r, 0, 1, 0))
    for p in range(1, most):
        weight = Fraction(1, math.factorial(p) << p)
        if m >= r + 2 * q:
            yield Term(-weight, Growth(r + 2 * p, r, 0, 1, 0))
        for flipped in range(min(p, r) + 1):
            growth = Growth(r + 2 * p, 0, r - flipped, 1, 0)
            yield Term(weight, growth, upper=r, lower=flipped)


@isolated
def _log10_sum(terms: tuple[Term, ...], m: int, bits: int) -> arb:
    """Return log10 of the sum, to about `bits` bits."""
    own = bits + 8
    for _ in range(_MOST_TRIES):
        with precision(own + 60 + 2 * m.bit_length()):
            value = _sum(terms, m, own)
            if value is not None and value.rad() < arb((1, 4 - bits)):
                return value
        own *= 2
    raise ArithmeticError(
        f"what cancels for m = {checks.show(m)} needs more bits than there are; please report it"
    )


def _sum(terms: Iterable[Term], m: int, bits: int) -> arb | None:
    """The ball at the precision that is set, None where it holds 0."""
    logs = [
        (term.factor, _log(term, m, bits)) for term in terms if term.growth.minus <= m - term.shift
    ]
    top = max((log for _, log in logs), key=lambda log: log.mid())
    total = arb(0)
    for factor, log in logs:
        total += arb(fmpz(factor.numerator)) / factor.denominator * (log - top).exp()
    return (top + total.log()) / arb(10).log() if total > 0 else None


def _log(term: Term, m: int, bits: int) -> arb:
    """Return log of a term without its factor."""
    minus, plus, _, _, _ = term.growth
    value = arb(term.two) * arb(2).log()
    if term.lower:
        n, k = arb(term.upper), arb(term.lower)
        value += (n + 1).lgamma() - (k + 1).lgamma() - (n - k + 1).lgamma()
    if term.shift:
        value += arb(m).log()
        m -= 1
    if m == minus:  # F = 2^plus x^m + …
        return value + arb(m + 1).lgamma() + plus * arb(2).log()
    return value + Contour(term.growth, m).log_number(bits)
