"""The counts and what goes into them as sympy functions, of which the formulas are made.

A function stays as it is while an argument is a symbol, and becomes a number when all are known.
`T`, `G`, `N`, `Points` and the factors are those of `critcount.counting.layer` and
`critcount.counting.network`; `S`, the Stirling numbers of the second kind, those of FLINT.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from flint import fmpz

from critcount._support import checks
from critcount.activations import ACTIVATIONS
from critcount.architecture import Architecture
from critcount.counting import activations, domains, layer, network, plateaus, signed
from critcount.counting.network import Spread
from critcount.counting.partitions import compositions, partitions
from critcount.counting.setting import Setting

__all__ = [
    "Balanced",
    "Charlier",
    "DomainFlips",
    "DomainT",
    "FactorAny",
    "FactorLayer",
    "FactorNetwork",
    "Flips",
    "G",
    "IdleSignedT",
    "IdleT",
    "N",
    "Pairings",
    "PlateauCount",
    "PlateauRegions",
    "Points",
    "S",
    "SignedG",
    "SignedT",
    "Sorted",
    "T",
    "Touchard",
]


class _Number(sp.Function):  # type: ignore[misc] # sympy has no types
    """A function of integers that is evaluated as soon as all are known."""

    nargs = 2
    #: How it is printed, the arguments in the places.
    form = ""

    @classmethod
    def eval(cls, *arguments: Any) -> Any:
        """Return the number, or None while an argument is a symbol."""
        if not all(a.is_Integer for a in arguments):
            return None
        if any(a < 0 for a in arguments):
            return sp.Integer(0)
        value = cls.number(*map(int, arguments))
        return sp.Rational(value.numerator, value.denominator)

    @staticmethod
    def number(*arguments: int) -> int | Fraction:
        """Return the value at non-negative integers."""
        raise NotImplementedError

    @classmethod
    def _imp_(cls, *arguments: Any) -> Any:
        """Return the number for `sympy.lambdify`: exact, and one for each item of an array."""
        if any(isinstance(a, sp.Basic) and not a.is_Integer for a in arguments):
            return cls(*arguments)
        if any(getattr(a, "ndim", 0) for a in arguments):
            return np.frompyfunc(cls._imp_, len(arguments), 1)(*arguments)
        numbers = [checks.integer(f"an argument of {cls.__name__}", a) for a in arguments]
        value = cls(*numbers)
        if not value.is_Rational:
            raise ValueError(f"{cls.__name__} has no value at {', '.join(map(str, numbers))}")
        return int(value) if value.is_Integer else Fraction(int(value.p), int(value.q))

    def _latex(self, printer: Any, exp: Any = None) -> str:
        text = self.form % tuple(_spell(printer, a) for a in self.args)
        return text if exp is None else rf"{{{text}}}^{{{exp}}}"


def _spell(printer: Any, argument: sp.Expr) -> str:
    """LaTeX of an argument; of a sum, what is added before what is subtracted."""
    if not argument.is_Add:
        return str(printer.doprint(argument))
    terms = sorted(argument.args, key=lambda t: (t.is_number, str(t)))
    added = [printer.doprint(t) for t in terms if not t.could_extract_minus_sign()]
    taken = [printer.doprint(-t) for t in terms if t.could_extract_minus_sign()]
    return " - ".join([" + ".join(added), *taken])


class T(_Number):
    """T(r, m), the number of expansions.

    >>> T(2, 4), T(2, sp.Symbol("m"))
    (62, T(2, m))
    """

    form = "T(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.T`."""
        return layer.T(*arguments)


class G(_Number):
    """G(r, m), the number of critical subspaces.

    >>> G(2, 4)
    14
    """

    form = "G(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.G`."""
        return layer.G(*arguments)


class N(_Number):
    """N(j, r, m) = N_j(r, m), the expansions with j zero-type blocks.

    >>> N(1, 2, 4)
    36
    """

    nargs = 3
    form = "N_{%s}(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return an item of `critcount.expansions_by_zero_blocks`."""
        blocks, *pair = arguments
        numbers = layer.expansions_by_zero_blocks(*pair)
        return numbers[blocks] if blocks < len(numbers) else 0


class SignedT(_Number):
    """SignedT(r, m), the types for an odd or even activation without idle neurons.

    >>> SignedT(1, 3)
    38
    """

    form = r"T_{\pm}(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.signed_T`."""
        return signed.signed_T(*arguments)


class SignedG(_Number):
    """SignedG(r, m), the critical subspaces for an odd or even activation.

    >>> SignedG(1, 3)
    8
    """

    form = r"G_{\pm}(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.signed_G`."""
        return signed.signed_G(*arguments)


class _Types(_Number):
    """The components of the zero-loss set in a setting, see `critcount.Setting`."""

    setting: Setting

    @classmethod
    def number(cls, *arguments: int) -> int:
        """Return `critcount.counting.activations.count_types`."""
        few, many = arguments
        return activations.count_types(few, many, cls.setting)


class IdleT(_Types):
    """IdleT(r, m), the types for a generic activation with biases: with idle neurons.

    >>> IdleT(1, 3)
    22
    """

    form = r"T_{\circ}(%s, %s)"
    setting = Setting(ACTIVATIONS["generic"], 1)


class IdleSignedT(_Number):
    """IdleSignedT(r, m), the types for an odd activation with biases.

    >>> IdleSignedT(1, 3)
    68
    """

    form = r"T_{\pm\circ}(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.signed_T` with idle neurons."""
        return signed.signed_T(*arguments, idle=True)


class Balanced(_Types):
    """Balanced(r, m), the types for the sigmoid with hidden biases and no output bias.

    >>> Balanced(1, 3)
    34
    """

    form = r"B(%s, %s)"
    setting = Setting(ACTIVATIONS["sigmoid"], 1, biases="hidden")


class Flips(_Number):
    """Flips(d, r, m), the types for softplus without biases, d ≥ 1 inputs and one output.

    >>> Flips(2, 2, 4), Flips(1, 2, 4)
    (98, 242)
    """

    nargs = 3
    form = "E_{%s}(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.counting.activations.count_types`; for no input 0."""
        inputs, few, many = arguments
        if not inputs:
            return 0
        setting = Setting(ACTIVATIONS["softplus"], inputs, biases="none")
        return activations.count_types(few, many, setting)


class DomainT(_Number):
    """DomainT(r, m), the types for ELU with biases on a bounded domain.

    >>> DomainT(1, 3)
    67
    """

    form = r"T_{\Omega}(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.counting.domains.count_types_on_domain`."""
        few, many = arguments
        return domains.count_types_on_domain(few, many, Setting(ACTIVATIONS["elu"], 1))


class DomainFlips(_Number):
    """DomainFlips(d, r, m), the types for ReLU with biases on a bounded domain, one output.

    >>> DomainFlips(2, 1, 3)
    67
    """

    nargs = 3
    form = r"E_{\Omega,%s}(%s, %s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.counting.domains.count_types_on_domain`; for no input 0."""
        inputs, few, many = arguments
        if not inputs:
            return 0
        return domains.count_types_on_domain(few, many, Setting(ACTIVATIONS["relu"], inputs))


class S(_Number):
    """S(n, k), the Stirling numbers of the second kind.

    >>> S(4, 2)
    7
    """

    form = r"\left\{\begin{matrix} %s \\ %s \end{matrix}\right\}"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return S(n, k)."""
        return int(fmpz.stirling_s2(*arguments))


class PlateauCount(_Number):
    """PlateauCount(p, s, m), the critical subspaces of width m that contain local minima.

    >>> PlateauCount(2, 1, 4)
    24
    """

    nargs = 3
    form = "P_{%s,%s}(%s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.count_plateaus`."""
        return plateaus.count_plateaus(*arguments)


class PlateauRegions(_Number):
    """PlateauRegions(p, q, s, m), the connected regions of local minima in them.

    >>> PlateauRegions(1, 1, 1, 4)
    36
    """

    nargs = 4
    form = "R_{%s,%s,%s}(%s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.count_plateau_regions`."""
        return plateaus.count_plateau_regions(*arguments)


class Pairings(_Number):
    """Pairings(n, K) = C(n-K, K), which is 0 for n < 2K.

    >>> Pairings(5, 2), Pairings(3, 2)
    (3, 0)
    """

    form = r"\binom{%s - %s}{%s}"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return the binomial coefficient."""
        size, order = arguments
        return math.comb(size - order, order) if size >= 2 * order else 0

    def _latex(self, printer: Any, exp: Any = None) -> str:
        size, order = self.args
        upper, lower = _spell(printer, sp.expand(size - order)), _spell(printer, order)
        return rf"\binom{{{upper}}}{{{lower}}}"


class Points(_Number):
    """Points(n, K), the permutation points of order K of a layer of n ≥ 1 neurons.

    >>> Points(4, 1)
    36
    """

    form = "P(%s, %s)"

    @classmethod
    def eval(cls, *arguments: Any) -> Any:
        """Return the number once both are known and positive."""
        return super().eval(*arguments) if all(a.is_positive for a in arguments) else None

    @staticmethod
    def number(*arguments: int) -> int:
        """Return `critcount.count_permutation_points` for a single hidden layer."""
        size, order = arguments
        return network.count_permutation_points(Architecture((1, size, 1)), order)


class _Factor(_Number):
    """A factor of the permutation points of order K for hidden widths n_1 and n_2."""

    nargs = 3
    spread: Spread

    def _latex(self, printer: Any, exp: Any = None) -> str:
        first, second, order = map(printer.doprint, self.args)
        return rf"F^{{\mathrm{{{self.spread}}}}}_{{{order}}}({first}, {second})"

    @classmethod
    def eval(cls, *arguments: Any) -> Any:
        """Return the number once all is known and the widths and the order are positive."""
        if not all(a.is_Integer and a > 0 for a in arguments):
            return None
        first, second, order = map(int, arguments)
        architecture = Architecture((1, first, second, 1))
        value = network.permutation_point_factor(architecture, order, cls.spread)
        return sp.Rational(value.numerator, value.denominator)


class FactorLayer(_Factor):
    """FactorLayer(n_1, n_2, K), the pairs all in one layer: the bound of [B19].

    >>> FactorLayer(4, 3, 1)
    5/2
    """

    spread = "layer"


class FactorNetwork(_Factor):
    """FactorNetwork(n_1, n_2, K), the pairs spread over the layers.

    >>> FactorNetwork(4, 3, 2)
    7/4
    """

    spread = "network"


class FactorAny(_Factor):
    """FactorAny(n_1, n_2, K), blocks of any size.

    >>> FactorAny(4, 3, 2)
    9/4
    """

    spread = "any"


class Charlier(_Number):
    """Charlier(r, N) = C_r(N) = Σ_s C(r, s) (-1)^(r-s) N(N-1)…(N-s+1).

    >>> Charlier(2, 5)
    11
    """

    form = "C_{%s}(%s)"

    @staticmethod
    def number(*arguments: int) -> int:
        """Return C_r(N)."""
        degree, point = arguments
        return sum(
            (-1) ** (degree - s) * math.comb(degree, s) * math.perm(point, s)
            for s in range(degree + 1)
        )


class Sorted(_Number):
    """Sorted(r, m), T as [S21] writes it, summed over the sizes of the blocks.

    Σ_j Σ multinomial(m; k_1 … k_r, b_1 … b_j)/c_b over k_i ≥ 1 and 1 ≤ b_1 ≤ … ≤ b_j that sum to
    m, c_b = Π_i c_i! with c_i the number of i's in b.

    >>> Sorted(2, 4)
    62
    """

    @staticmethod
    def number(*arguments: int) -> int:
        """Return the sum, term by term."""
        labels, width = arguments
        total = 0
        for of_labels in range(labels, width + 1):
            for b in partitions(width - of_labels, None):
                same = math.prod(map(math.factorial, Counter(b).values()))
                for sizes in compositions(of_labels, labels, None):
                    total += _multinomial((*sizes, *b)) // same
        return total

    def _latex(self, printer: Any, exp: Any = None) -> str:
        few, many = map(printer.doprint, self.args)
        return (
            rf"\sum_{{j=0}}^{{{many} - {few}}} "
            rf"\sum_{{\substack{{k_1, \dots, k_{{{few}}} \geq 1 \\ "
            rf"1 \leq b_1 \leq \dots \leq b_j \\ k_1 + \dots + k_{{{few}}} + b_1 + \dots + b_j "
            rf"= {many}}}}} \frac{{1}}{{c_b}} \binom{{{many}}}{{k_1, \dots, k_{{{few}}}, b_1, "
            r"\dots, b_j}"
        )


def _multinomial(sizes: tuple[int, ...]) -> int:
    return math.factorial(sum(sizes)) // math.prod(map(math.factorial, sizes))


class Touchard(sp.Function):  # type: ignore[misc]
    """Touchard(m, x), the polynomial Σ_k S(m, k) x^k once m is known.

    >>> Touchard(3, sp.Symbol("x"))
    x**3 + 3*x**2 + x
    """

    nargs = 2

    @classmethod
    def eval(cls, degree: Any, point: Any) -> Any:
        """Return the polynomial, or None while the degree is a symbol."""
        if not degree.is_Integer:
            return None
        return sp.Add(*(S(degree, power) * point**power for power in range(int(degree) + 1)))

    @classmethod
    def _imp_(cls, degree: Any, point: Any) -> Any:
        """Return the value for `sympy.lambdify`, of the type of the point."""
        if isinstance(degree, sp.Basic) and not degree.is_Integer:
            return cls(degree, point)
        number = checks.integer("an argument of Touchard", degree, minimum=0)
        return sum(S.number(number, power) * point**power for power in range(number + 1))

    def _latex(self, printer: Any, exp: Any = None) -> str:
        degree, point = map(printer.doprint, self.args)
        return rf"B_{{{degree}}}({point})"
