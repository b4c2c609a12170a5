r"""One hidden layer with its activation and biases, and the types of its zero-loss networks.

A student of width m computes the function of an irreducible, generic teacher of width r exactly
when, for every class of neurons that the activation cannot tell apart (equal incoming weights and
bias, or equal up to sign, or up to sign and scale), the outgoing weights add up to the teacher's,
and when what the identity of the activation leaves (a constant, a linear function) adds up too
(*derived*, ``docs/activations.md``). The networks of one *type* share which neurons are in which
class, with which sign, and which are *idle* (incoming weights zero). What matters of a type is its
`TypeShape`; the types whose closures are the components of the zero-loss set are those of which
`Setting.has` is true.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from flint import fmpz

from critcount._support import checks, markup
from critcount._support.numerals import factorial
from critcount.activations import Activation, activation_of

__all__ = ["BIASES", "Biases", "Group", "Setting", "TypeShape"]

Biases = Literal["none", "hidden", "output", "all"]
BIASES: tuple[Biases, ...] = ("none", "hidden", "output", "all")
#: Which equations the zero-loss set has; see `Setting.form`.
Form = Literal["generic", "signed", "constant", "linear", "trigonometric"]


class TypeShape(NamedTuple):
    """How many blocks of each sort a type has.

    Attributes
    ----------
    flipped : int
        Replication blocks whose neurons all have the sign opposite to the teacher's.
    mixed : int
        Replication blocks with neurons of both signs.
    zero : int
        Blocks whose outgoing weights cancel, all neurons of one sign.
    mixed_zero : int
        The same with neurons of both signs.
    idle : int
        Neurons whose incoming weights are zero.
    """

    flipped: int
    mixed: int
    zero: int
    mixed_zero: int
    idle: int

    @property
    def plain(self) -> bool:
        """Whether no neuron is flipped: the blocks are those of an expansion."""
        return self.flipped == self.mixed == self.mixed_zero == 0

    def number(self, r: int, m: int) -> int:
        """Return how many types of (r, m) have this shape.

        C(r, l) C(r-l, M) C(m, i) B! S(m-i, B)/(z! p! 2^p), B = r + M + z + 2p being the blocks
        of one sign.

        >>> TypeShape(1, 0, 0, 1, 0).number(2, 4)
        24
        """
        flipped, mixed, zero, pairs, idle = self
        blocks = r + mixed + zero + 2 * pairs
        if idle > m or flipped + mixed > r:
            return 0
        placed = int(factorial(blocks) * fmpz.stirling_s2(m - idle, blocks))
        choices = math.comb(r, flipped) * math.comb(r - flipped, mixed) * math.comb(m, idle)
        return choices * (placed // (math.factorial(zero) * math.factorial(pairs) << pairs))

    def _repr_html_(self) -> str:
        return markup.record(self)


class Group(NamedTuple):
    """The symmetries of a minimal network: all others that compute its function.

    Attributes
    ----------
    name : str
    order : int or None
        The number of pieces of the group, None when it is infinite.
    dimension : int
        Of each piece.
    """

    name: str
    order: int | None
    dimension: int

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class Setting:
    """One hidden layer: activation, numbers of inputs and outputs, where there are biases.

    Parameters
    ----------
    activation : str or Activation
        A name of `critcount.activations.ACTIVATIONS`, or an activation of a declared kind.
    d_in : int
        Inputs, at least 1.
    d_out : int
        Outputs, at least 1.
    biases : {"all", "hidden", "output", "none"}
        Which layers have biases.
    skip : bool
        Whether the inputs also go to the outputs linearly; only with an output bias.

    Raises
    ------
    TypeError, ValueError
        For a bad argument; when the setting is not worked out, with the reason.

    Examples
    --------
    >>> Setting("gelu", 2).form, Setting("gelu", 2, skip=True).form
    ('linear', 'signed')
    >>> Setting("sigmoid", 3).form, Setting("sigmoid", 3, biases="hidden").form
    ('signed', 'constant')
    """

    activation: Activation
    d_in: int
    d_out: int = 1
    biases: Biases = "all"
    skip: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", activation_of("activation", self.activation))
        for name in ("d_in", "d_out"):
            object.__setattr__(self, name, checks.integer(name, getattr(self, name), minimum=1))
        checks.choice("biases", self.biases, BIASES)
        if not isinstance(self.skip, bool):
            raise TypeError(f"skip must be True or False, not {checks.show(self.skip)}")
        if self.skip and not self.output_bias:
            raise ValueError("skip needs an output bias: without one the case is not worked out")
        if reason := self._open():
            raise ValueError(f"{self.activation.name}: {reason}")

    def _open(self) -> str | None:
        kind = self.activation.kind
        if kind == "exponential" and self.hidden_biases:
            return (
                "a bias is a factor of the outgoing weight, exp(z + b) = e^b exp(z); count it "
                "without biases of hidden neurons"
            )
        if kind == "trigonometric" and self.hidden_biases and self.d_out > 1:
            return (
                "with biases and several outputs two neurons of one frequency may be needed "
                "where one is meant; that case is not worked out"
            )
        if self.form == "linear" and self.biases == "hidden":
            if self.scales:
                return (
                    "with biases of the hidden neurons and none at the output the types are not "
                    "worked out (dead constants)"
                )
            if self.d_out > 1:
                return "several outputs without output bias are not worked out"
        if self.scales and self.d_in == 1 and not self.hidden_biases:
            return "with one input and no biases all neurons are one up to sign and scale"
        return None

    @property
    def hidden_biases(self) -> bool:
        """Whether the hidden neurons have biases."""
        return self.biases in ("all", "hidden")

    @property
    def output_bias(self) -> bool:
        """Whether the outputs have."""
        return self.biases in ("all", "output")

    @property
    def scales(self) -> bool:
        """Whether incoming weights may be scaled against outgoing ones."""
        return self.activation.kind == "homogeneous"

    @property
    def form(self) -> Form:
        """Which equations hold beside those of the classes.

        "generic" and "signed" (classes up to sign): none; "constant": Σ a over all flipped
        neurons vanishes, with idle ones; "linear": Σ a θ over them does; "trigonometric": classes
        have amplitudes and phases.
        """
        kind = self.activation.kind
        if kind in ("odd", "even"):
            return "signed"
        if kind == "odd_constant":
            return "signed" if self.output_bias else "constant"
        if kind in ("even_linear", "homogeneous"):
            return "signed" if self.skip else "linear"
        if kind == "trigonometric":
            return "trigonometric" if self.hidden_biases else "signed"
        return "generic"

    def require(self, r: int, m: int) -> tuple[int, int]:
        """Return r and m, or raise: TypeError, ValueError, also where a case is not worked out."""
        r = checks.integer("r", r, minimum=0)
        m = checks.integer("m", m, minimum=0)
        if self.form == "linear" and self.d_out > 1 and r > self.d_in:
            raise ValueError(
                f"{self.activation.name}: several outputs and a minimal width beyond the number "
                f"of inputs, {checks.show(r)} > {self.d_in}, are not worked out"
            )
        if self.scales and not self.hidden_biases and r == 0 < m:
            raise ValueError(
                f"{self.activation.name}: the function zero without biases is not worked out"
            )
        return r, m

    def idle(self, number: int) -> bool:
        """Tell whether so many idle neurons may be there when nothing else needs a constant."""
        if number == 0:
            return True
        if self.scales:  # w = 0 without bias is the limit of small copies
            return self.hidden_biases
        if self.output_bias:
            return True
        if not self.hidden_biases:
            return self.activation.vanishes_at_zero
        return number > 1 or self.activation.has_zero

    def critical(self) -> tuple[bool, bool]:
        """Tell which copies of an irreducible critical point are critical: flipped, idle ones.

        ValueError where it is not worked out. See
        `critcount.counting.activations.count_critical_types`.

        >>> Setting("tanh", 2).critical(), Setting("softplus", 2, biases="hidden").critical()
        ((True, True), (False, False))
        """
        name = self.activation.name
        if self.form == "trigonometric":
            raise ValueError(f"{name} with biases: critical points are not worked out")
        if self.biases != "hidden":
            return self.form == "signed", self.idle(1)
        if self.activation.has_zero and not self.activation.vanishes_at_zero:
            raise ValueError(
                f"{name}: without output bias an idle neuron is critical at each zero of σ, and "
                "how many there are beside 0 is not declared"
            )
        return self.form == "signed", self.activation.vanishes_at_zero

    def has(self, shape: TypeShape) -> bool:
        """Tell whether the types of a shape are components of the zero-loss set (r, m).

        Components are the closures of types that lie in no other closure (*derived*); of a
        teacher in general position. For several outputs of the form "linear" they are types that
        exist: each may have several components.
        """
        flipped, mixed, _, pairs, idle = shape
        plain = shape.plain
        if self.form == "generic":
            return plain and self.idle(idle)
        if self.form in ("signed", "trigonometric"):
            return self.idle(idle)
        if self.form == "constant":
            if idle:
                single = idle == 1 or not self.hidden_biases
                return not (flipped == 0 and mixed + pairs == 0 and single)
            return plain or mixed + pairs >= 2 or (mixed + pairs == 1 and flipped > 0)
        if idle and self.biases != "hidden" and not self.idle(idle):
            return False
        if idle == 1 and plain and not self.idle(1):
            return False
        d = self.d_in + (self.biases == "hidden" and idle == 0)
        if pairs == 0:
            if self.d_out > 1:
                return plain
            return plain or mixed >= (d if flipped else d + 1)
        if pairs == 1 and mixed == flipped == 0:
            return False
        if pairs + mixed + flipped == 2 and self.scales and not self.hidden_biases:
            return False  # the two would lie on one hyperplane, in one class
        return self.d_out == 1 or flipped <= pairs or pairs >= self.d_out

    def alone(self, r: int, m: int, shape: TypeShape) -> bool | None:
        """Tell whether a component lies in a connected piece with no component of another type.

        None where it is not known. See `critcount.counting.activations.count_connected_pieces`.
        """
        r, m = self.require(r, m)
        if m == r:
            return r > 1 or shape.flipped > 0
        if self.form == "constant":
            return m == r + 1 and shape.flipped > 0
        if self.form == "trigonometric":
            return None
        if self.form == "linear":
            if r > self.d_in and m >= r + self.d_in:
                return None
            if m == r + 2:
                return shape.mixed_zero == 1 and shape.flipped >= 2 if self.d_out == 1 else None
            return False if m < r + 2 or self.d_out == 1 else None
        return False

    def dimension(self, r: int, m: int, shape: TypeShape, lone: int = 0) -> int:
        """Return the dimension of a component of (r, m) of a shape.

        Parameters
        ----------
        r, m : int
        shape : TypeShape
        lone : int
            For the form "trigonometric" the zero-type blocks of a single neuron.

        Raises
        ------
        ValueError
            For several outputs of the form "linear", where components differ.

        Notes
        -----
        With D incoming weights and bias of a neuron and q outputs: (n-r-j) q + j D for n neurons
        that are not idle in r + j blocks, 1 + q for an idle one with a bias; less the number of
        equations that its flipped and idle neurons must meet; for the homogeneous kind one more
        for every neuron but one less for every direction. Checked by ranks.
        """
        flipped, mixed, zero, pairs, idle = shape
        q, hidden = self.d_out, int(self.hidden_biases)
        n, j, d = m - idle, zero + pairs, self.d_in + int(self.hidden_biases)
        if self.form == "trigonometric":
            free = 2 * (n - r - j) + j * self.d_in + lone + 2 * idle
            return free - (idle > 0 and not self.output_bias)
        free = (n - r - j) * q + j * d + idle * (hidden + q)
        if self.scales:
            free += n - j
        turned = flipped + mixed + pairs > 0
        if self.form == "linear":
            if turned and q > 1:
                raise ValueError(
                    "for several outputs the dimension of a type with flipped neurons is not "
                    "worked out"
                )
            constant = self.biases == "hidden"
            return free - (self.d_in + constant if turned else constant and idle > 0)
        if self.form == "constant":
            return free - q * (turned or idle > 0)
        return free - q * (idle > 0 and self.biases == "hidden")

    def dimensions(self, r: int, m: int) -> tuple[int, int] | None:
        """Return the least and the greatest dimension of a component; None where there is none.

        ValueError where it is not worked out, see `dimension`.

        >>> Setting("gelu", 2).dimensions(1, 2)
        (1, 3)
        """
        r, m = self.require(r, m)
        if m < r:
            return None
        found = [
            self.dimension(r, m, shape, lone)
            for shape in self._corners(r, m)
            if self.has(shape)
            for lone in _lone(r, m, shape)
        ]
        return min(found), max(found)

    def _corners(self, r: int, m: int) -> Iterator[TypeShape]:
        """Yield shapes among which each has is as small, and one as large, as any.

        Dimensions are linear in the numbers of blocks, `has` changes at 0, 1, 2, d and d + 1.
        """
        steps = {0, 1, 2, self.d_in, self.d_in + 1, self.d_in + 2}
        for flipped, mixed, pairs in itertools.product({0, 1, 2}, steps, {0, 1, 2}):
            rest = m - r - mixed - 2 * pairs
            if flipped + mixed > r or rest < 0 or (r == 0 and flipped + mixed):
                continue
            for idle in {0, 1, 2, rest - 1, rest}:
                left = rest - idle
                for zero in {0, 1, left - 1, left}:
                    if idle < 0 or not 0 <= zero <= left:
                        continue
                    shape = TypeShape(flipped, mixed, zero, pairs, idle)
                    if zero == left or r + zero + pairs:
                        yield shape

    def shapes(self, r: int, m: int) -> Iterator[TypeShape]:
        """Yield the shapes that components of (r, m) have; some (m - r)^3 r^2 are tried."""
        r, m = self.require(r, m)
        for flipped in range(r + 1):
            for mixed in range(r - flipped + 1):
                rest = m - r - mixed
                for pairs in range(rest // 2 + 1):
                    for idle in range(rest - 2 * pairs + 1):
                        for zero in range(rest - 2 * pairs - idle + 1):
                            shape = TypeShape(flipped, mixed, zero, pairs, idle)
                            whole = zero == rest - 2 * pairs - idle
                            if (whole or r + zero + pairs) and self.has(shape):
                                yield shape

    def group(self, r: int) -> Group:
        """Return the symmetries of an irreducible network of width r.

        >>> Setting("tanh", 2).group(3)
        Group(name='(Z/2)^3 ⋊ S_3', order=48, dimension=0)
        >>> Setting("relu", 2).group(3)
        Group(name='(R_>0)^3 ⋊ S_3', order=6, dimension=3)
        """
        r = checks.integer("r", r, minimum=0)
        order = int(factorial(r))
        if self.form == "trigonometric":
            return Group(f"(Z ⋊ Z/2)^{r} ⋊ S_{r}", None if r else 1, 0)
        if self.scales:
            if self.form == "signed":
                return Group(f"(R*)^{r} ⋊ S_{r}", order << r, r)
            return Group(f"(R_>0)^{r} ⋊ S_{r}", order, r)
        if self.form == "signed":
            return Group(f"(Z/2)^{r} ⋊ S_{r}", order << r, 0)
        return Group(f"S_{r}", order, 0)

    def affine(self, r: int, m: int) -> bool:
        """Tell whether all components of (r, m) are affine subspaces."""
        r, m = self.require(r, m)
        if m <= r:
            return not (self.scales and m) and self.form != "trigonometric"
        if self.scales or self.form == "trigonometric":
            return False
        if self.form == "linear" and m >= r + 2:
            return False
        return not (self.hidden_biases and any(self.idle(i) for i in range(1, m - r + 1)))

    def _repr_html_(self) -> str:
        return markup.record(self)


def _lone(r: int, m: int, shape: TypeShape) -> set[int]:
    """Return the least and the greatest number of zero-type blocks of a single neuron."""
    _, mixed, zero, pairs, idle = shape
    spare = m - idle - (r + mixed + zero + 2 * pairs)
    elsewhere = r + pairs > 0 or not spare
    return {max(0, zero - spare), zero if elsewhere else max(0, zero - 1)}
