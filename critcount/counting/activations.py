r"""Components of the zero-loss set, connected pieces and critical subspaces, for each activation.

With u = e^x - 1 the number of components of (r, m) is m! times the coefficient of x^m in a
generating function F(u), in some cases less x times another one (*derived*,
``docs/activations.md``). Since e^x = 1 + u, and u^b stands for b! S(m, b), they are computed
from F's coefficients and one row of Stirling numbers.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from flint import fmpq, fmpq_poly

from critcount._support import checks, markup
from critcount.counting import layer, limits
from critcount.counting._type_series import (
    coefficient,
    exponential,
    linear_series,
    linear_series_of_outputs,
    parallel_series,
    plain_series,
    signed_series,
)
from critcount.counting.setting import Setting
from critcount.counting.signed import signed_G, signed_T

__all__ = [
    "LARGEST_EXPANDED",
    "Pieces",
    "checked",
    "count_connected_pieces",
    "count_critical_types",
    "count_plain_types",
    "count_types",
    "count_types_by_definition",
    "formula",
    "types_by_dimension",
]

#: The largest width for which a generating function is expanded.
LARGEST_EXPANDED = 3000


class Pieces(NamedTuple):
    """How many connected pieces a set has.

    Attributes
    ----------
    number : int or None
        None where it is not known.
    reason : str
    """

    number: int | None
    reason: str

    def _repr_html_(self) -> str:
        return markup.record(self)


def count_types(r: int, m: int, setting: Setting, *, max_digits: int | None = None) -> int:
    """Return the number of components of the zero-loss set of a student of width m.

    The closures of its types that lie in no other closure; what `critcount.T` counts for a
    generic activation without biases. Of a teacher in general position.

    Parameters
    ----------
    r, m : int
        Minimal width and width, at least 0.
    setting : Setting
        Activation, inputs and outputs, biases.
    max_digits : int, optional
        Refuse a result of more digits; 50,000 by default.

    Returns
    -------
    int
        For several outputs of the form "linear" the number of types, a lower bound of that of
        components.

    Raises
    ------
    TypeError, ValueError
        For a bad argument, or where the case is not worked out.
    SizeLimitError
        When the result would have too many digits, or m is beyond 3000 and a generating function
        is to be expanded.

    See Also
    --------
    critcount.T : the number for a generic activation without biases.
    critcount.counting.network_types.count_network_types : for several hidden layers.
    critcount.families.SignedExpansions : the types themselves: listed, ranked, drawn at random.
    critcount.embed : a network with weights of one of them.

    Examples
    --------
    >>> gelu = Setting("gelu", 2)
    >>> [count_types(1, m, gelu) for m in range(6)]
    [0, 1, 5, 25, 153, 1146]
    >>> [count_types(2, m, Setting("sigmoid", 2, biases="hidden")) for m in range(2, 6)]
    [2, 42, 530, 5650]
    >>> [count_types(1, m, Setting("generic", 2, biases="none")) for m in range(5)]
    [0, 1, 3, 10, 37]
    """
    r, m = checked(r, m, setting, max_digits)
    if m < r:
        return 0
    always, never = setting.idle(1), not setting.idle(2)
    if setting.form in ("signed", "trigonometric") and (always or never):
        return signed_T(r, m, idle=always, max_digits=max_digits)
    if setting.form == "generic":
        return count_plain_types(r, m, setting, max_digits=max_digits)
    checks.size(
        "the generating function", m, LARGEST_EXPANDED, "terms", "there is no faster way here"
    )
    whole, less = _series(r, m, setting)
    number = coefficient(whole, m)
    return number - m * coefficient(less, m - 1) if less is not None and m else number


def count_plain_types(r: int, m: int, setting: Setting, *, max_digits: int | None = None) -> int:
    """Return how many types have no flipped neuron: expansions, with idle neurons where allowed.

    Those of which `critcount.counting.setting.TypeShape.plain` holds.

    m! [x^m] e^x u^r e^u = T(r, m) + T(r + 1, m) where they are free, since e^x = 1 + u.

    >>> count_plain_types(2, 4, Setting("gelu", 2)), count_plain_types(1, 3, Setting("mish", 2))
    (122, 22)
    """
    r, m = checked(r, m, setting, max_digits)
    if m < r:
        return 0
    if not setting.idle(2):
        return layer.T(r, m, max_digits=max_digits)
    number = layer.T(r, m, max_digits=max_digits) + layer.T(r + 1, m, max_digits=max_digits)
    if setting.idle(1) or m == 0:
        return number
    return number - m * layer.T(r, m - 1, max_digits=max_digits)


def count_types_by_definition(r: int, m: int, setting: Setting) -> int:
    """Return `count_types` as the sum over the shapes of the types: the readable version.

    >>> count_types_by_definition(2, 4, Setting("softplus", 3))
    158
    """
    return sum(shape.number(r, m) for shape in setting.shapes(r, m))


def types_by_dimension(r: int, m: int, setting: Setting, *, limit: int = 40) -> dict[int, int]:
    """Return how many components there are of each dimension, ascending.

    Parameters
    ----------
    r, m : int
    setting : Setting
        Not of the form "trigonometric", where types of one shape have different dimensions.
    limit : int
        The greatest m: some m^4 shapes are added up.

    Examples
    --------
    >>> types_by_dimension(2, 4, Setting("tanh", 2, biases="none"))
    {2: 464, 3: 384, 4: 48}
    """
    r, m = setting.require(r, m)
    checks.size("the list of shapes", m, limit, "neurons", "raise limit")
    if setting.form == "trigonometric":
        raise ValueError("types of one shape have different dimensions for this activation")
    found: dict[int, int] = {}
    for shape in setting.shapes(r, m):
        dimension = setting.dimension(r, m, shape)
        found[dimension] = found.get(dimension, 0) + shape.number(r, m)
    return {d: number for d, number in sorted(found.items()) if number}


def count_connected_pieces(r: int, m: int, setting: Setting) -> Pieces:
    """Return how many connected pieces the zero-loss set has, with the reason.

    Parameters
    ----------
    r, m : int
        Minimal width and width.
    setting : Setting

    Returns
    -------
    Pieces
        The number is None where it is not known.

    See Also
    --------
    critcount.count_components : for a generic activation without biases, any number of layers.
    critcount.zero_loss_path : a way within a piece, between two networks.

    Notes
    -----
    *Derived*, with proofs in ``docs/activations.md``. Mostly r! or 2^r r! points for m = r, and
    one piece beyond. But a sigmoid without output bias has
    1 + (r+1)! (r (2^(r-1) - 1) + 2^r - 1) of them with one spare neuron, and softplus, GELU, SiLU
    and ReLU have 1 + (r+2)! (2^r - r - 1) with two.

    Examples
    --------
    >>> softplus = Setting("softplus", 3)
    >>> [count_connected_pieces(2, m, softplus).number for m in range(2, 6)]
    [2, 1, 25, 1]
    >>> print(count_connected_pieces(2, 3, Setting("sigmoid", 2, biases="hidden")).number)
    31
    """
    r, m = setting.require(r, m)
    if m < r:
        return Pieces(0, "m < r: no zero loss")
    if m == 0:
        return Pieces(1, "a single point")
    group, spare = setting.group(r), m - r
    if setting.form == "trigonometric":
        if r == 0:
            return Pieces(None, "not worked out")
        many = "infinitely many, 4^r r! when biases are taken modulo 2π"
        return Pieces(None, "not proved" if spare else many)
    if spare == 0:
        return Pieces(group.order, "m = r: the orbit of the minimal network")
    if setting.form in ("generic", "signed"):
        return Pieces(1, "a spare neuron takes over the weight of any other")
    if setting.form == "constant":
        if spare > 1 or r == 0:
            return Pieces(1, "two spare neurons can balance any flip")
        isolated = math.factorial(r + 1) * (r * (2 ** (r - 1) - 1) + 2**r - 1)
        return Pieces(1 + isolated, "one spare neuron: isolated points and curves of flips")
    if r > setting.d_in and spare >= setting.d_in:
        return Pieces(None, "not worked out for more minimal neurons than inputs")
    if spare == 1:
        return Pieces(1, "one spare neuron: no neuron can be flipped")
    if setting.d_out > 1:
        return Pieces(None, "not worked out for several outputs")
    if spare == 2:
        isolated = math.factorial(r + 2) * (2**r - r - 1)
        return Pieces(1 + isolated, "two spare neurons: an opposite pair undoes two flips or more")
    return Pieces(1, "three spare neurons: a pair, and one that takes over weights")


def count_critical_types(
    r: int, m: int, setting: Setting, *, max_digits: int | None = None
) -> int:
    """Return how many critical subspaces (r, m) an irreducible critical point of width r gives.

    Parameters
    ----------
    r, m : int
        Reduced width and width.
    setting : Setting
    max_digits : int, optional
        Refuse a result of more digits.

    Returns
    -------
    int
        `critcount.signed_G` where flipped copies are critical: odd and even activations, sigmoid
        with an output bias, and those of the kinds even_linear and homogeneous with a skip
        connection; otherwise `critcount.G`. With idle neurons (w = 0, a = 0) where their gradient
        vanishes whatever the data: with an output bias, or at b = 0 where σ(0) = 0. For the
        homogeneous kind off the kinks, hence with idle neurons only where they have a bias.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `count_types`; where the case is not worked out.

    See Also
    --------
    critcount.G : the number for a generic activation without biases.
    critcount.families.SignedCriticalSubspaces :
        the subspaces themselves: listed, ranked, drawn at random.

    Notes
    -----
    Checked by gradients at constructed critical points. With a = 0 there are further critical
    points, (w, b) on the hypersurface on which σ(w·x + b) is orthogonal to the residuals; they
    depend on the data, and no formula counts them.

    Examples
    --------
    >>> [count_critical_types(2, 3, Setting(name, 2)) for name in ("gelu", "sigmoid")]
    [12, 72]
    >>> count_critical_types(2, 3, Setting("gelu", 2, skip=True))
    72
    >>> count_critical_types(2, 3, Setting("sigmoid", 2, biases="hidden"))
    6
    """
    r, m = setting.require(r, m)
    signed, idle = setting.critical()
    if signed:
        return signed_G(r, m, idle=idle, max_digits=max_digits)
    if not idle:
        return layer.G(r, m, max_digits=max_digits)
    # e^x (e^x - 1)^r is r! times the generating function of S(m + 1, r + 1)
    return layer.G(r + 1, m + 1, max_digits=max_digits) // (r + 1)


def formula(setting: Setting) -> str:
    """Return the generating function of `count_types`, in words of mathematics.

    >>> formula(Setting("gelu", 2)), formula(Setting("tanh", 2))
    ('e^x E_2(u)', 'e^x (2u + u²)^r e^(u + u²/2)')
    """
    once = "e^x " if setting.idle(1) else "(e^x - x) " if setting.idle(2) else ""
    if setting.form == "generic":
        return f"{once}u^r e^u"
    if setting.form in ("signed", "trigonometric"):
        return f"{once}(2u + u²)^r e^(u + u²/2)"
    if setting.form == "constant":
        last = "x u^r e^u" if setting.hidden_biases else "u^(r+1) e^u"
        return (
            "e^x (2u + u²)^r e^(u + u²/2) - e^u ((2^r - 1) u^r + r u^(r+1) + u^(r+2)/2) - " + last
        )
    if setting.d_out > 1:
        return f"{once}E_(q={setting.d_out})(u)"
    if setting.biases == "hidden":
        tail = "" if setting.idle(1) else " - x u^r e^u"
        return f"E_{setting.d_in + 1}(u) + (e^x - 1) E_{setting.d_in}(u){tail}"
    if setting.scales and not setting.hidden_biases:
        return f"{once}(E_{setting.d_in}(u) - (r (u^(r+2) + u^(r+3))/2 + u^(r+4)/8) e^u)"
    return f"{once}E_{setting.d_in}(u)"


def checked(r: int, m: int, setting: Setting, max_digits: int | None) -> tuple[int, int]:
    """Return r and m, or refuse: a bad argument, or a number of too many digits.

    >>> checked(2, 4, Setting("gelu", 2), None)
    (2, 4)
    """
    r, m = setting.require(r, m)
    # at most 2^m signs and 2^m sets of idle neurons: a factor of 4^m
    bound = 0.0 if m < r else layer.bound_log10_T(r, m) + m * math.log10(4)
    limits.refuse(
        f"the number for r = {checks.show(r)}, m = {checks.show(m)}",
        bound,
        50_000 if max_digits is None else max_digits,
    )
    return r, m


def _series(r: int, m: int, setting: Setting) -> tuple[fmpq_poly, fmpq_poly | None]:
    """Return F(u), and what x is to be taken times of."""
    terms = m + 1
    u = fmpq_poly([0, 1])
    plain = plain_series(r, terms)
    if setting.form == "constant":
        power = fmpq_poly([0] * r + [2**r - 1, r, fmpq(1, 2)])
        series = (1 + u) * signed_series(r, terms) - power * exponential(terms)
        if setting.hidden_biases:
            return series, plain
        return series - u * plain, None
    if setting.form == "linear":
        if setting.biases == "hidden":
            series = linear_series(r, terms, setting.d_in + 1) + u * linear_series(
                r, terms, setting.d_in
            )
            return series, None if setting.idle(1) else plain
        series = (
            linear_series(r, terms, setting.d_in)
            if setting.d_out == 1
            else linear_series_of_outputs(r, terms, setting.d_out)
        )
        if setting.scales and not setting.hidden_biases:
            series -= parallel_series(r, terms)
    else:
        series = signed_series(r, terms)
    if not setting.idle(2):
        return series, None
    return (1 + u) * series, None if setting.idle(1) else series
