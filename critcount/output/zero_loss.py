"""What is counted of the zero-loss set of one hidden layer with a named activation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from critcount._support import checks, numerals
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.counting import activations, layer, limits
from critcount.counting import network as counted
from critcount.counting.setting import Group, Setting
from critcount.output.rendering import TableCell
from critcount.output.report import SCHEMA_VERSION, Row

__all__ = ["WithSpare", "ZeroLoss", "zero_loss", "zero_loss_json", "zero_loss_rows"]

#: Spare neurons for which numbers are listed.
SPARE = range(4)
#: Critical subspaces of so many smaller widths are added up.
MOST_WIDTHS = 1000


@dataclass(frozen=True)
class WithSpare:
    """Numbers for a student with some spare neurons."""

    spare: int
    components: int
    connected_pieces: int | None
    reason: str


@dataclass(frozen=True)
class ZeroLoss:
    """The zero-loss set of a student of an architecture, and what it depends on.

    Attributes
    ----------
    architecture : str
    activation, biases : str
    skip : bool
    identity : str
        Of the activation, as far as it makes networks equal.
    minimal : int
        The minimal width r.
    group : Group
        The symmetries of the minimal network.
    components : int
        Of the zero-loss set of this width; types where `exact` is False.
    exact : bool
        False where each type may have several components.
    formula : str
        The generating function of `components`, u = e^x - 1.
    affine : bool
        Whether all components are affine subspaces.
    smallest_dimension, largest_dimension : int or None
        Of the components; None where they are not worked out, or there is no component.
    connected_pieces : int or None
        None where the number is not known.
    reason : str
        Why, or why not.
    steps : tuple of WithSpare
        The same for r, r + 1, r + 2, r + 3 neurons.
    types_on_domain : int or None
        For ReLU: on a bounded domain, where neurons may be dead or linear.
    critical_subspaces : int or None
        Of all smaller widths, each irreducible critical point with its permutations; None where
        not worked out.
    """

    architecture: str
    activation: str
    biases: str
    skip: bool
    identity: str
    minimal: int
    group: Group
    components: int
    exact: bool
    formula: str
    affine: bool
    smallest_dimension: int | None
    largest_dimension: int | None
    connected_pieces: int | None
    reason: str
    steps: tuple[WithSpare, ...]
    types_on_domain: int | None
    critical_subspaces: int | None


def zero_loss(
    architecture: ArchitectureLike,
    minimal: int,
    activation: str,
    biases: str = "all",
    skip: bool = False,
    *,
    max_digits: int | None = None,
) -> ZeroLoss:
    """Return what is counted of the zero-loss set of a student.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
        Of one hidden layer.
    minimal : int
        The minimal width.
    activation, biases, skip
        As `critcount.counting.setting.Setting` takes them.
    max_digits : int, optional
        Refuse numbers of more digits.

    Raises
    ------
    TypeError, ValueError
        For a bad argument, several hidden layers, or a case that is not worked out.
    SizeLimitError
        When a number would have too many digits.

    Examples
    --------
    >>> found = zero_loss("2-6-1", 2, "gelu")
    >>> [step.connected_pieces for step in found.steps]
    [2, 1, 25, 1]
    """
    architecture = as_architecture(architecture)
    pairs = counted.layer_pairs(architecture, minimal, "minimal")
    if len(pairs) != 1:
        raise ValueError(
            "zero-loss sets with a named activation are counted for one hidden layer, "
            f"not for {len(pairs)}"
        )
    (r, m), widths = pairs[0], architecture.widths
    setting = Setting(activation, widths[0], widths[-1], biases, skip)  # type: ignore[arg-type]
    components = activations.count_types(r, m, setting, max_digits=max_digits)
    several = setting.form == "linear" and setting.d_out > 1
    exact = not several and setting.form != "trigonometric"
    dimensions = None if several and m > r + 1 else setting.dimensions(r, m)
    pieces = activations.count_connected_pieces(r, m, setting)
    domain = None
    if setting.scales and setting.form == "linear" and biases == "all" and not several:
        domain = activations.count_types_on_domain(r, m, setting)
    return ZeroLoss(
        architecture=str(architecture),
        activation=setting.activation.name,
        biases=biases,
        skip=skip,
        identity=setting.activation.identity,
        minimal=r,
        group=setting.group(r),
        components=components,
        exact=exact,
        formula=activations.formula(setting),
        affine=setting.affine(r, m),
        smallest_dimension=dimensions[0] if dimensions else None,
        largest_dimension=dimensions[1] if dimensions else None,
        connected_pieces=pieces.number,
        reason=pieces.reason,
        steps=tuple(_step(r, spare, setting, max_digits) for spare in SPARE),
        types_on_domain=domain,
        critical_subspaces=_critical(r, m, setting, max_digits),
    )


def _step(r: int, spare: int, setting: Setting, max_digits: int | None) -> WithSpare:
    pieces = activations.count_connected_pieces(r, r + spare, setting)
    number = activations.count_types(r, r + spare, setting, max_digits=max_digits)
    return WithSpare(spare, number, *pieces)


def _critical(r: int, m: int, setting: Setting, max_digits: int | None) -> int | None:
    if setting.form == "trigonometric":
        return None
    what, bound = f"the list of {r - 1:,} widths", layer.bound_log10_G(max(r - 1, 0), m) + m
    limits.refuse_total(what, max(r - 1, 1), bound, max_digits, times=5)
    checks.size(
        "the list of smaller widths", r - 1, MOST_WIDTHS, "widths", "there is no other way"
    )
    return sum(
        activations.count_critical_types(width, m, setting, max_digits=max_digits)
        for width in range(1, r)
    )


def zero_loss_rows(found: ZeroLoss) -> list[Row]:
    """Return the findings as rows of a report; what is None is left out.

    >>> for row in zero_loss_rows(zero_loss("2-2-1", 1, "tanh"))[3:8]:
    ...     print(row.quantity, row.of, row.value)
    symmetry_group 1 (Z/2)^1 ⋊ S_1
    pieces_of_the_group 1 2
    dimension_of_the_group 1 0
    components 2 12
    generating_function None e^x (2u + u²)^r e^(u + u²/2)
    """
    return [row for row in _rows(found) if row.value is not None]


def _rows(found: ZeroLoss) -> Iterator[Row]:
    r = found.minimal
    m = int(found.architecture.split("-")[1])
    what = "components" if found.exact else "types"
    yield Row("activation", None, found.activation)
    yield Row("identity", None, found.identity)
    yield Row("biases", None, found.biases)
    yield Row("skip_connection", None, "yes" if found.skip else None)
    yield Row("symmetry_group", r, found.group.name)
    yield Row(
        "pieces_of_the_group", r, "infinite" if found.group.order is None else found.group.order
    )
    yield Row("dimension_of_the_group", r, found.group.dimension)
    yield Row(what, m, found.components)
    yield Row("generating_function", None, found.formula)
    yield Row("types_on_a_bounded_domain", m, found.types_on_domain)
    yield Row("affine", m, found.affine)
    yield Row("smallest_dimension", m, found.smallest_dimension)
    yield Row("largest_dimension", m, found.largest_dimension)
    yield Row("connected_pieces", m, _known(found.connected_pieces))
    for step in found.steps:
        yield Row(f"{what}_with_{step.spare}_spare", r + step.spare, step.components)
        yield Row(
            f"connected_pieces_with_{step.spare}_spare",
            r + step.spare,
            _known(step.connected_pieces),
        )
    yield Row("critical_subspaces_of_smaller_widths", r, found.critical_subspaces)


def _known(number: int | None) -> TableCell:
    return "not known" if number is None else number


def zero_loss_json(found: ZeroLoss) -> dict[str, Any]:
    """Return the findings as a JSON document; every exact number is a string.

    >>> zero_loss_json(zero_loss("2-2-1", 1, "tanh"))["components"]
    '12'
    """

    def encode(item: Any) -> dict[str, Any]:
        names = Group._fields if isinstance(item, Group) else [f.name for f in fields(item)]
        return {name: value(getattr(item, name)) for name in names}

    def value(item: Any) -> Any:
        if isinstance(item, int) and not isinstance(item, bool):
            return numerals.exact(item)
        if isinstance(item, Group):
            return encode(item)
        if isinstance(item, tuple):
            return [encode(step) for step in item]
        return item

    return {"schema_version": SCHEMA_VERSION, **encode(found)}
