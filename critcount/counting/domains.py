r"""Types of students on a bounded domain, where neurons may have no kink.

All data are in some bounded domain. An activation that is analytic does not notice: functions
that agree on an open set agree everywhere. One with a kink does: a neuron whose kink lies outside
the domain is one smooth function on it. In which of its smooth parts a neuron is, or whether its
kink is inside, a type on a domain says of every neuron, and of those that have their kink inside
what a type says anyway (*derived*, ``docs/activations.md``). The teacher's kinks are all inside.
"""

from __future__ import annotations

from typing import NamedTuple

from flint import fmpq_poly

from critcount._support import checks, markup
from critcount.activations import ACTIVATIONS, Activation
from critcount.counting._type_series import (
    coefficient,
    exponential,
    linear_series,
    plain_series,
    signed_series,
)
from critcount.counting.activations import LARGEST_EXPANDED, checked, count_types
from critcount.counting.setting import Setting, TypeShape

__all__ = [
    "DomainShape",
    "SmoothParts",
    "count_types_on_domain",
    "has_on_domain",
    "required_parts",
    "smooth_parts",
]

#: Analytic on the whole line.
ANALYTIC = frozenset(ACTIVATIONS) - {"celu", "elu", "leaky_relu", "relu", "selu"}
#: Linear for z > 0, an exponential and a constant for z < 0.
HALF_LINEAR = ("celu", "elu", "selu")


class SmoothParts(NamedTuple):
    """The smooth parts of an activation that has a kink, by what a neuron is in them.

    Attributes
    ----------
    constant : int
        Parts where it is a constant.
    linear : int
        Parts where it is linear and not constant.
    exponential : int
        Parts where it is an exponential and a constant.
    """

    constant: int
    linear: int
    exponential: int

    def _repr_html_(self) -> str:
        return markup.record(self)


class DomainShape(NamedTuple):
    """How many blocks and lone neurons of each sort a type on a bounded domain has.

    Attributes
    ----------
    flipped, mixed, zero, mixed_zero : int
        Of neurons with their kink inside, as in `critcount.counting.setting.TypeShape`.
    exponential : int
        Zero-type blocks of neurons that are exponentials.
    constant : int
        Neurons that are dead or idle.
    above, below : int
        Neurons that are linear, their argument above or below the kink on all of the domain.
    """

    flipped: int
    mixed: int
    zero: int
    mixed_zero: int
    exponential: int
    constant: int
    above: int
    below: int

    def _repr_html_(self) -> str:
        return markup.record(self)


def smooth_parts(activation: Activation) -> SmoothParts | None:
    """Return the smooth parts, by which a bounded domain matters; None for an analytic activation.

    Raises
    ------
    ValueError
        When it is not known whether the activation is analytic.

    Examples
    --------
    >>> smooth_parts(ACTIVATIONS["relu"])
    SmoothParts(constant=1, linear=1, exponential=0)
    >>> smooth_parts(ACTIVATIONS["leaky_relu"])
    SmoothParts(constant=0, linear=2, exponential=0)
    >>> smooth_parts(ACTIVATIONS["elu"])
    SmoothParts(constant=0, linear=1, exponential=1)
    """
    if activation.kind == "homogeneous":
        dead = int(abs(activation.slope) == abs(activation.kink))
        return SmoothParts(dead, 2 - dead, 0)
    if activation == ACTIVATIONS.get(activation.name):
        return SmoothParts(0, 1, 1) if activation.name in HALF_LINEAR else None
    raise ValueError(
        f"{activation.name}: what it is on a bounded domain is not declared; where it is analytic "
        "the domain changes nothing, see count_types"
    )


def count_types_on_domain(
    r: int, m: int, setting: Setting, *, max_digits: int | None = None
) -> int:
    """Return the number of types of a student on a bounded domain.

    Parameters
    ----------
    r, m : int
    setting : Setting
        For an activation with a kink with biases everywhere and, for the form "linear", one
        output.
    max_digits : int, optional
        Refuse a result of more digits; 50,000 by default.

    Returns
    -------
    int
        For an analytic activation `count_types`. Otherwise the types that exist; unlike those of
        `count_types` not compared by closures, and a type may be a set of several pieces.

        - ReLU, m! [x^m] e^x (E + (e^x - 1) S): every neuron may be *dead* (constant zero, all
          its weights free) or *linear*; one linear neuron makes up for any flips of the others;
          E is the generating function of the types without idle neurons, S = (2u + u²)^r
          e^(u + u²/2).
        - leaky ReLU, m! [x^m] (E + (e^(2x) - 1) S): linear on both sides.
        - ELU, SELU, CELU, m! [x^m] e^(2x) u^r e^(2u): linear neurons, idle ones, and
          *exponential* ones, which form a block where their w is equal, whatever b is.

        A linear skip connection takes up all linear parts: m! [x^m] e^(2x) S for the kind
        homogeneous.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `count_types`; for a setting that is not worked out.

    Examples
    --------
    >>> for name in ("relu", "leaky_relu", "elu", "mish"):
    ...     print(name, [count_types_on_domain(1, m, Setting(name, 2)) for m in range(5)])
    relu [0, 1, 9, 67, 505]
    leaky_relu [0, 1, 11, 85, 639]
    elu [0, 1, 9, 67, 485]
    mish [0, 1, 5, 22, 99]
    """
    found = required_parts(setting)
    if found is None:
        return count_types(r, m, setting, max_digits=max_digits)
    r, m = checked(r, m, setting, max_digits)
    if m < r:
        return 0
    checks.size(
        "the generating function", m, LARGEST_EXPANDED, "terms", "there is no faster way here"
    )
    terms = m + 1
    one, u = fmpq_poly([1]), fmpq_poly([0, 1])
    if found.exponential:
        series = plain_series(r, terms).mul_low(exponential(terms), terms) * (one + u) ** 2
    elif setting.form == "signed":
        series = signed_series(r, terms) * (one + u) ** 2
    else:
        # a linear neuron, or none and E
        linear = (one + u) ** found.linear - one
        series = linear_series(r, terms, setting.d_in) + linear * signed_series(r, terms)
        series *= (one + u) ** found.constant
    return coefficient(series, m)


def has_on_domain(setting: Setting, shape: DomainShape) -> bool:
    """Tell whether the types of a shape exist on a bounded domain.

    Parameters
    ----------
    setting : Setting
        As `count_types_on_domain` takes it.
    shape : DomainShape

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        As `count_types_on_domain`.

    Examples
    --------
    >>> flip = DomainShape(1, 0, 0, 0, 0, 0, 0, 0)
    >>> relu = Setting("relu", 2)
    >>> has_on_domain(relu, flip), has_on_domain(relu, flip._replace(above=1))
    (False, True)
    """
    found = required_parts(setting)
    flipped, mixed, zero, pairs, exponentials, constant, above, below = shape
    inside = TypeShape(flipped, mixed, zero, pairs, 0)
    if found is None:
        alone = exponentials or above or below
        return not alone and setting.has(inside._replace(idle=constant))
    if found.exponential:
        return below == 0 and inside.plain
    slope, kink = setting.activation.slope, setting.activation.kink
    if exponentials or (constant and not found.constant):
        return False
    if (above and slope + kink == 0) or (below and slope - kink == 0):
        return False
    return setting.form == "signed" or above + below > 0 or setting.has(inside)


def required_parts(setting: Setting) -> SmoothParts | None:
    """Return the smooth parts, None for an analytic activation; ValueError where not worked out.

    >>> required_parts(Setting("elu", 2))
    SmoothParts(constant=0, linear=1, exponential=1)
    """
    found = smooth_parts(setting.activation)
    if found is None:
        return None
    name = setting.activation.name
    if setting.biases != "all":
        raise ValueError(
            f"{name}: types on a bounded domain are worked out with biases everywhere, not with "
            f"biases={setting.biases!r}"
        )
    if setting.form == "linear" and setting.d_out > 1:
        raise ValueError(
            f"{name}: types on a bounded domain are worked out for one output, not for "
            f"{setting.d_out}"
        )
    return found
