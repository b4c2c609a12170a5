"""Types for an activation: with signs, mixed blocks and idle neurons.

`SignedExpansions` are those of zero-loss networks, `SignedCriticalSubspaces` those of the critical
subspaces that a narrower network's critical point gives.
"""

from __future__ import annotations

from critcount._support import checks
from critcount.activations import Activation
from critcount.configurations.signed import SignedExpansion
from critcount.counting.activations import count_critical_types, count_plain_types, count_types
from critcount.counting.setting import Biases, TypeShape
from critcount.families._types import ENOUGH, TypeEnds, TypeLetters
from critcount.families.type_family import TypeFamily

__all__ = ["SignedCriticalSubspaces", "SignedExpansions"]


class _Signed(TypeFamily[SignedExpansion]):
    """Types with signs and idle neurons."""

    _type = SignedExpansion

    def _shape(self, ends: TypeEnds) -> TypeShape:
        return TypeShape(ends.flipped, ends.mixed, 0, ends.pairs, *ends.alone)

    def _letters(self) -> TypeLetters:
        return TypeLetters(bounds=(ENOUGH,), zeros=self._has(TypeShape(0, 0, 1, 0, 0)))


class SignedExpansions(_Signed):
    """The types (r, m) of an activation whose closures are the components of the zero-loss set.

    Parameters
    ----------
    r : int
        Minimal width, at least 0.
    m : int
        Width, at least 0; words of more than 300 letters are counted only.
    activation : str or Activation
        As `critcount.Setting` takes it.
    d_in : int, optional
        Inputs; by default as many as the minimal width, at least 1, from where on the numbers
        do not change.
    d_out : int
        Outputs.
    biases : {"all", "hidden", "output", "none"}
        Which layers have biases.
    skip : bool
        Whether the inputs also go to the outputs linearly.
    flips : bool
        Whether neurons may be flipped; without, the types that
        `critcount.counting.activations.count_plain_types` counts.

    Raises
    ------
    TypeError, ValueError
        As `critcount.Setting`.

    See Also
    --------
    critcount.families.DomainExpansions : on a bounded domain.
    critcount.families.SignedNetworkExpansions : of several hidden layers.

    Examples
    --------
    >>> family = SignedExpansions(1, 2, "gelu")
    >>> family.cardinality()
    5
    >>> for element in family:
    ...     print(element)
    0,1
    1,0
    1,1
    1,3
    3,1
    >>> SignedExpansions(2, 4, "softplus", d_in=2).unrank(100)
    SignedExpansion(K0={+2}, K1={+0}, Z0={+1}, idle={3})
    """

    def __init__(
        self,
        r: int,
        m: int,
        activation: str | Activation = "tanh",
        d_in: int | None = None,
        d_out: int = 1,
        biases: Biases = "all",
        skip: bool = False,
        flips: bool = True,
    ) -> None:
        super().__init__(r, m, activation, d_in, d_out, biases, skip)
        if not isinstance(flips, bool):
            raise TypeError(f"flips must be True or False, not {checks.show(flips)}")
        self._flips = flips

    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name."""
        return super().parameters() | ({} if self._flips else {"flips": False})

    def cardinality(self) -> int:
        """Return the exact number of types, `critcount.counting.activations.count_types`."""
        if not self._flips:
            return count_plain_types(self._r, self._m, self._setting)
        return count_types(self._r, self._m, self._setting)

    def _has(self, shape: TypeShape) -> bool:
        return (self._flips or shape.plain) and self._setting.has(shape)


class SignedCriticalSubspaces(_Signed):
    """The critical subspaces (r, m) that an irreducible critical point of width r gives.

    Copies of its neurons, where they are critical also flipped ones and idle neurons; no
    zero-type blocks.

    Parameters
    ----------
    r : int
        Reduced width, at least 0.
    m : int
        Width, at least 0; words of more than 300 letters are counted only.
    activation, d_in, d_out, biases, skip
        As `SignedExpansions` takes them.

    Raises
    ------
    TypeError, ValueError
        As `critcount.Setting`, and where critical points are not worked out.

    See Also
    --------
    critcount.CriticalSubspaces : without signs and idle neurons, at any width.

    Examples
    --------
    >>> family = SignedCriticalSubspaces(1, 2, "gelu")
    >>> family.cardinality(), [str(element) for element in family]
    (3, ['0,1', '1,0', '1,1'])
    >>> SignedCriticalSubspaces(1, 2, "gelu", skip=True).cardinality()
    8
    """

    def _refuse(self) -> None:
        self._setting.critical()

    def cardinality(self) -> int:
        """Return their number, `critcount.counting.activations.count_critical_types`."""
        return count_critical_types(self._r, self._m, self._setting)

    def _has(self, shape: TypeShape) -> bool:
        signed, idle = self._setting.critical()
        copies = shape.zero == shape.mixed_zero == 0
        return (
            copies and (signed or shape.flipped == shape.mixed == 0) and (idle or shape.idle == 0)
        )
