"""The activation functions by name, and what makes two different networks of one equal.

Each belongs to a *kind*, the normal form of its function. Two neurons whose incoming weights and
biases are opposite are related by it:

==================  =============================  =================================
kind                σ(z) =                         activations
==================  =============================  =================================
generic             no identity                    generic, elu, selu, celu, mish
odd                 o(z)                           tanh, erf
odd_constant        κ + o(z)                       sigmoid (κ = 1/2)
even                e(z)                           gaussian
even_linear         λz + e(z)                      softplus, gelu, silu (λ = 1/2)
homogeneous         λz + μ|z|                      relu, leaky_relu
trigonometric       sin(z) or cos(z)               sin, cos
exponential         e^z                            exp
==================  =============================  =================================

with o(-z) = -o(z) and e(-z) = e(z). That there is no further relation within a kind is proved in
``docs/activations.md``. Functions whose relations are richer and not worked out are refused by
name, and a function that is only given as a callable needs its kind declared: `Activation`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import erf

from critcount._support import checks, markup
from critcount._support.checks import show
from critcount._support.types import Array, EntryFunction

__all__ = ["ACTIVATIONS", "KINDS", "Activation", "Kind", "Parity", "activation_of"]

Kind = Literal[
    "generic",
    "odd",
    "odd_constant",
    "even",
    "even_linear",
    "homogeneous",
    "trigonometric",
    "exponential",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Which sign a flipped copy has: none is one, the opposite, the same.
Parity = Literal["generic", "odd", "even"]

#: What must not vanish, lest the kind be another.
PARTS = {
    "odd_constant": ("constant",),
    "even_linear": ("slope",),
    "homogeneous": ("slope", "kink"),
}
#: Where the identity of a declared kind is tried.
TRIED_POINTS = np.array([0.0, 0.1, 0.37, 0.9, 1.6, 2.3, 3.7, 6.1])

# names without hyphens and underscores
REFUSED = {
    "hardswish": "it is piecewise quadratic",
    "relu6": "it is a difference of two ReLUs",
    "hardtanh": "it is a difference of two ReLUs",
    "hardsigmoid": "it is a difference of two ReLUs",
    "gelutanh": "the independence of its even part is not proved",
    "quadratic": "its neurons span few functions, so that equal networks are no partitions",
    "square": "its neurons span few functions, so that equal networks are no partitions",
}


@dataclass(frozen=True)
class Activation:
    """An activation function with its kind.

    Parameters
    ----------
    name : str
    function : callable
        σ of a numpy array, element by element.
    kind : str
        One of `KINDS`: the identity between σ(z) and σ(-z); that it holds is tried at a few
        points, that there is no other one is the caller's word.
    constant : float
        κ of the kind odd_constant.
    slope : float
        λ of the kinds even_linear and homogeneous.
    kink : float
        μ of the kind homogeneous.
    has_zero : bool, optional
        Whether σ(b) = 0 for some b; by default whether σ(0) = 0.

    Raises
    ------
    TypeError, ValueError
        When the function is none, or the identity of its kind does not hold.

    Examples
    --------
    >>> Activation("arctan", np.arctan, "odd")
    Activation('arctan', kind='odd')
    >>> Activation("square", np.square, "odd")
    Traceback (most recent call last):
        ...
    ValueError: square is not of the kind odd: at z = 6.1 σ(z) and σ(-z) miss it by 74
    """

    name: str
    function: EntryFunction = field(compare=False)
    kind: Kind
    constant: float = 0.0
    slope: float = 0.0
    kink: float = 0.0
    has_zero: bool = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"name must be a text, not {show(self.name)}")
        if not callable(self.function):
            raise TypeError(f"function must be callable, not {show(self.function)}")
        checks.choice("kind", self.kind, KINDS)
        for part in PARTS.get(self.kind, ()):
            if not getattr(self, part):
                raise ValueError(f"{part} must not be 0 for the kind {self.kind}")
        with np.errstate(all="ignore"):
            plus, minus = self(TRIED_POINTS), self(-TRIED_POINTS)
        if plus.shape != TRIED_POINTS.shape:
            raise ValueError(
                f"function must return one number for each of an array, not {plus.shape}"
            )
        if self.has_zero is None:
            object.__setattr__(self, "has_zero", self.vanishes_at_zero)
        off = np.abs(self._identity(plus, minus))
        if not (off <= 1e-9 * (1 + np.abs(plus) + np.abs(minus))).all():
            worst = int(np.argmax(off))
            raise ValueError(
                f"{self.name} is not of the kind {self.kind}: at z = {TRIED_POINTS[worst]} σ(z) "
                f"and σ(-z) miss it by {off[worst]:.2g}"
            )

    def _identity(self, plus: Array, minus: Array) -> Array:
        """Return what vanishes for the kind, from σ(z) and σ(-z)."""
        if self.kind in ("odd", "odd_constant"):
            return plus + minus - 2 * self.constant
        if self.kind in ("even", "even_linear"):
            return plus - minus - 2 * self.slope * TRIED_POINTS
        if self.kind == "homogeneous":
            return np.asarray(
                np.abs(plus - (self.slope + self.kink) * TRIED_POINTS)
                + np.abs(minus - (self.kink - self.slope) * TRIED_POINTS)
            )
        if self.kind == "trigonometric":
            return np.asarray(plus - self(TRIED_POINTS + 2 * math.pi))
        if self.kind == "exponential":
            return np.asarray(plus * minus - 1)
        return np.zeros(len(TRIED_POINTS))

    def __call__(self, z: npt.ArrayLike) -> Array:
        """Return σ(z)."""
        return np.asarray(self.function(np.asarray(z, dtype=np.float64)), dtype=np.float64)

    @property
    def vanishes_at_zero(self) -> bool:
        """Whether σ(0) = 0."""
        return bool(self.function(np.zeros(1))[0] == 0)

    @property
    def sign(self) -> int:
        """How the part of the kind changes sign with z: -1 for o, 1 for e, 0 where neither is."""
        if self.kind in ("odd", "odd_constant"):
            return -1
        return 1 if self.kind in ("even", "even_linear", "homogeneous") else 0

    @property
    def identity(self) -> str:
        """The identity in words that a report can show."""
        return {
            "generic": "none",
            "odd": "σ(-z) = -σ(z)",
            "odd_constant": f"σ(z) + σ(-z) = {2 * self.constant:g}",
            "even": "σ(-z) = σ(z)",
            "even_linear": f"σ(z) - σ(-z) = {_times(2 * self.slope)}z",
            "homogeneous": f"σ(ρz) = ρσ(z), σ(z) - σ(-z) = {_times(2 * self.slope)}z",
            "trigonometric": "σ(-z) = ±σ(z), σ(z + π) = -σ(z), a σ(z + b) of one frequency add up",
            "exponential": "σ(z + b) = e^b σ(z)",
        }[self.kind]

    def __reduce__(self) -> tuple[Any, ...]:
        if self.name.partition(":")[0] in ACTIVATIONS and self == activation_of("", self.name):
            return activation_of, ("activation", self.name)
        return Activation, tuple(getattr(self, item.name) for item in fields(self))

    def __repr__(self) -> str:
        return f"Activation({self.name!r}, kind={self.kind!r})"

    def _repr_html_(self) -> str:
        return markup.record(self)


def _times(factor: float) -> str:
    return "" if factor == 1 else f"{factor:g}"


def _sigmoid(z: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * z)))


def _softplus(z: Array) -> Array:
    return np.asarray(np.logaddexp(0, z))


def _erf(z: Array) -> Array:
    return np.asarray(erf(z))


def _gelu(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + _erf(z / np.sqrt(2))))


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


#: The constants of SELU as PyTorch has them.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _selu(z: Array) -> Array:
    return np.asarray(SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0))))


def _leaky(alpha: float) -> Activation:
    name = "leaky_relu" if alpha == LEAK else f"leaky_relu:{alpha:g}"
    return Activation(
        name,
        lambda z: np.where(z > 0, z, alpha * z),
        "homogeneous",
        slope=(1 + alpha) / 2,
        kink=(1 - alpha) / 2,
    )


#: The slope that leaky_relu has where none is named, as in PyTorch.
LEAK = 0.01

#: Activations by name. "generic" is sigmoid(4z) + softplus(z), the one that Şimşek et al. 2021
#: use; "leaky_relu:0.2" names another slope than 0.01.
ACTIVATIONS: dict[str, Activation] = {
    item.name: item
    for item in (
        Activation("generic", lambda z: _sigmoid(4 * z) + _softplus(z), "generic"),
        Activation("celu", _elu, "generic"),
        Activation("cos", np.cos, "trigonometric", has_zero=True),
        Activation("elu", _elu, "generic"),
        Activation("erf", _erf, "odd"),
        Activation("exp", np.exp, "exponential"),
        Activation("gaussian", lambda z: np.exp(-np.square(z)), "even"),
        Activation("gelu", _gelu, "even_linear", slope=0.5),
        _leaky(LEAK),
        Activation("mish", lambda z: z * np.tanh(_softplus(z)), "generic"),
        Activation("relu", lambda z: np.maximum(z, 0), "homogeneous", slope=0.5, kink=0.5),
        Activation("selu", _selu, "generic"),
        Activation("sigmoid", _sigmoid, "odd_constant", constant=0.5),
        Activation("silu", lambda z: z * _sigmoid(z), "even_linear", slope=0.5),
        Activation("sin", np.sin, "trigonometric"),
        Activation("softplus", _softplus, "even_linear", slope=0.5),
        Activation("tanh", np.tanh, "odd"),
    )
}


def activation_of(name: str, value: object) -> Activation:
    """Return the activation that a name stands for, and an `Activation` as it is.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : str or Activation
        A key of `ACTIVATIONS`; "leaky_relu:0.2" for a leaky ReLU of that slope for z < 0.

    Raises
    ------
    TypeError
        For a plain callable, whose kind is not known, and for anything else.
    ValueError
        For a name that is not known, and one whose relations are not worked out, with the reason.

    Examples
    --------
    >>> activation_of("activation", "gelu").identity
    'σ(z) - σ(-z) = z'
    >>> activation_of("activation", "relu6")
    Traceback (most recent call last):
        ...
    ValueError: activation 'relu6' has relations that are not worked out: it is a difference of
        two ReLUs
    """
    if isinstance(value, Activation):
        return value
    if callable(value):
        raise TypeError(
            f"{name} must be a name or an Activation, not a plain function: which networks are "
            "equal depends on its identities; declare them, for instance "
            f"Activation('mine', function, kind='odd'), with one of the kinds {', '.join(KINDS)}"
        )
    if isinstance(value, str):
        if reason := REFUSED.get(value.lower().replace("-", "").replace("_", "")):
            raise ValueError(f"{name} {value!r} has relations that are not worked out: {reason}")
        base, colon, text = value.partition(":")
        if colon and base == "leaky_relu":
            return _leaky(_leak(name, text))
    return ACTIVATIONS[checks.choice(name, value, ACTIVATIONS)]


def _leak(name: str, text: str) -> float:
    try:
        alpha = float(text)
    except ValueError:
        alpha = math.nan
    if not (math.isfinite(alpha) and abs(alpha) != 1):
        raise ValueError(
            f"{name} leaky_relu:SLOPE needs a slope, a number other than 1 and -1 (where it is "
            f"linear or |z|), not {show(text)}"
        )
    return alpha
