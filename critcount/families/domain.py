"""Types of students on a bounded domain, where neurons may be dead, linear or exponential."""

from __future__ import annotations

from critcount.activations import Activation
from critcount.configurations.on_domain import (
    EXPONENTIAL,
    OF_MINUS,
    OF_PLUS,
    DomainExpansion,
)
from critcount.counting.domains import (
    DomainShape,
    count_types_on_domain,
    has_on_domain,
    required_parts,
)
from critcount.counting.setting import Biases
from critcount.families._types import ENOUGH, TypeEnds, TypeLetters
from critcount.families.type_family import TypeFamily

__all__ = ["DomainExpansions"]


class DomainExpansions(TypeFamily[DomainExpansion]):
    """The types (r, m) of students on a bounded domain.

    A neuron of ReLU, leaky ReLU or ELU whose kink lies outside the domain is linear there, or
    constant, or an exponential; see `critcount.counting.domains`. For an analytic activation they
    are the types of `critcount.SignedExpansions`, in other letters.

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
    d_out, biases, skip
        As `critcount.Setting` takes them; see
        `critcount.counting.domains.count_types_on_domain` for what is worked out.

    Raises
    ------
    TypeError, ValueError
        As `critcount.counting.domains.count_types_on_domain`.

    Examples
    --------
    >>> family = DomainExpansions(1, 2, "relu")
    >>> family.cardinality(), [str(element) for element in family]
    (9, ['0,3', '1,3', '1,4', '3,0', '3,1', '3,3', '3,6', '4,1', '6,3'])
    >>> family.unrank(2)
    DomainExpansion(K0={-1}, above={0})
    >>> DomainExpansions(1, 3, "elu").random(rng=1)
    DomainExpansion(K0={+1}, E0={0}, above={2})
    """

    _type = DomainExpansion

    def __init__(
        self,
        r: int,
        m: int,
        activation: str | Activation = "relu",
        d_in: int | None = None,
        d_out: int = 1,
        biases: Biases = "all",
        skip: bool = False,
    ) -> None:
        super().__init__(r, m, activation, d_in, d_out, biases, skip)

    def _refuse(self) -> None:
        required_parts(self._setting)

    def cardinality(self) -> int:
        """Return `critcount.counting.domains.count_types_on_domain`."""
        return count_types_on_domain(self._r, self._m, self._setting)

    def _has(self, shape: DomainShape) -> bool:
        return has_on_domain(self._setting, shape)

    def _shape(self, ends: TypeEnds) -> DomainShape:
        return DomainShape(ends.flipped, ends.mixed, 0, ends.pairs, 0, *ends.alone)

    def _letters(self) -> TypeLetters:
        # two pairs of neurons, which make up for any idle ones
        pairs = DomainShape(0, 0, 0, 2, 0, 0, 0, 0)
        nothing = pairs._replace(mixed_zero=0)
        exponentials = self._has(nothing._replace(exponential=1))
        alone = [
            self._has(pairs._replace(**{name: ENOUGH}))
            or self._has(nothing._replace(**{name: ENOUGH}))
            for name in ("constant", "above", "below")
        ]
        return TypeLetters(
            bounds=tuple(ENOUGH if there else None for there in alone),
            aspects=(OF_PLUS, EXPONENTIAL) if exponentials else (OF_PLUS, OF_MINUS),
            width=3,
        )
