"""What is counted of the zero-loss set of a network with a named activation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from critcount._support import checks, markup, numerals
from critcount.architecture import ArchitectureLike, as_architecture, widths_text
from critcount.counting import activations, domains, layer, limits, network_types
from critcount.counting import network as counted
from critcount.counting.setting import Biases, Group, Setting
from critcount.output.rendering import TableCell
from critcount.output.report import SCHEMA_VERSION, Row, widths_cell

__all__ = [
    "Counted",
    "CriticalOfReduced",
    "NetworkZeroLoss",
    "WithSpare",
    "ZeroLoss",
    "critical_of_reduced",
    "network_zero_loss",
    "zero_loss",
    "zero_loss_json",
    "zero_loss_rows",
]

#: Spare neurons for which numbers are listed.
LISTED_SPARE = range(4)
#: Critical subspaces of so many smaller widths are added up.
MOST_WIDTHS = 1000


@dataclass(frozen=True)
class WithSpare:
    """Numbers for a student with some spare neurons."""

    spare: int
    components: int
    connected_pieces: int | None
    reason: str

    def _repr_html_(self) -> str:
        return markup.record(self)


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
        On a bounded domain, where neurons may be dead or linear; None where not asked for.
    domain : str or None
        What a bounded domain changes; None where not asked for.
    critical_subspaces : int or None
        Of all smaller widths, each irreducible critical point with its permutations; None where
        not worked out.
    """

    architecture: str
    activation: str
    biases: Biases
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
    domain: str | None
    critical_subspaces: int | None

    def _repr_html_(self) -> str:
        return markup.record(self)


def zero_loss(
    architecture: ArchitectureLike,
    minimal: int,
    activation: str,
    biases: Biases = "all",
    skip: bool = False,
    *,
    domain: bool = False,
    max_digits: int | None = None,
) -> ZeroLoss:
    """Return what is counted of the zero-loss set of a student with one hidden layer.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
        Of one hidden layer.
    minimal : int
        The minimal width.
    activation, biases, skip
        As `critcount.counting.setting.Setting` takes them.
    domain : bool
        Whether to count the types on a bounded domain, too.
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
            f"zero_loss counts one hidden layer, not {len(pairs)}: network_zero_loss has more"
        )
    (r, m), widths = pairs[0], architecture.widths
    setting = Setting(activation, widths[0], widths[-1], biases, skip)  # type: ignore[arg-type]
    components = activations.count_types(r, m, setting, max_digits=max_digits)
    several = setting.form == "linear" and setting.d_out > 1
    exact = not several and setting.form != "trigonometric"
    dimensions = None if several and m > r + 1 else setting.dimensions(r, m)
    pieces = activations.count_connected_pieces(r, m, setting)
    on_domain = None
    if domain:
        on_domain = domains.count_types_on_domain(r, m, setting, max_digits=max_digits)
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
        steps=tuple(_step(r, spare, setting, max_digits) for spare in LISTED_SPARE),
        types_on_domain=on_domain,
        domain=_domain(setting) if domain else None,
        critical_subspaces=_critical(r, m, setting, max_digits),
    )


def _domain(setting: Setting) -> str:
    found = domains.smooth_parts(setting.activation)
    if found is None:
        return "none: analytic functions equal on an open set are equal"
    if found.exponential:
        return "neurons may be linear or exponential"
    return "neurons may be dead or linear" if found.constant else "neurons may be linear"


@dataclass(frozen=True)
class NetworkZeroLoss:
    """The zero-loss networks of an architecture with several hidden layers, as far as known.

    Attributes
    ----------
    architecture : str
    activation, biases, identity : str
        As in `ZeroLoss`.
    minimal : tuple of int
    group : Group
        The symmetries that the layers of the minimal network have on their own.
    types : int or None
        Products of one type for each layer, each a set of zero-loss networks; None where it is
        not known which there are.
    plain_types : int
        Those of them without flipped neurons.
    reason : str
        Why, or why not.
    """

    architecture: str
    activation: str
    biases: Biases
    identity: str
    minimal: tuple[int, ...]
    group: Group
    types: int | None
    plain_types: int
    reason: str

    def _repr_html_(self) -> str:
        return markup.record(self)


def network_zero_loss(
    architecture: ArchitectureLike,
    minimal: int | Sequence[int],
    activation: str,
    biases: Biases = "all",
    *,
    max_digits: int | None = None,
) -> NetworkZeroLoss:
    """Return what is counted of the zero-loss networks with any number of hidden layers.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal : int or sequence of int
        The minimal width of every hidden layer.
    activation, biases
        As `critcount.counting.network_types.layer_settings` takes them.
    max_digits : int, optional
        Refuse numbers of more digits.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.counting.network_types.count_network_types`.

    Examples
    --------
    >>> found = network_zero_loss("2-3-3-1", (2, 2), "gelu")
    >>> found.types, found.plain_types, found.group.name
    (None, 324, 'S_2 × S_2')
    """
    architecture = as_architecture(architecture)
    widths = [r for r, _ in counted.layer_pairs(architecture, minimal, "minimal")]
    settings = network_types.layer_settings(architecture, activation, biases)
    types = network_types.count_network_types(
        architecture, widths, activation, biases, max_digits=max_digits
    )
    return NetworkZeroLoss(
        architecture=str(architecture),
        activation=settings[0].activation.name,
        biases=biases,
        identity=settings[0].activation.identity,
        minimal=tuple(widths),
        group=network_types.network_group(widths, settings),
        types=types.number,
        plain_types=types.plain,
        reason=types.reason,
    )


@dataclass(frozen=True)
class CriticalOfReduced:
    """How many critical subspaces the critical points of a smaller network give.

    Attributes
    ----------
    architecture : str
    activation, biases, identity : str
    skip : bool
        As in `ZeroLoss`.
    reduced : tuple of int
        The widths of the smaller network.
    critical_subspaces_of_reduced : int
        For each irreducible critical point with its permutations.
    """

    architecture: str
    activation: str
    biases: Biases
    identity: str
    skip: bool
    reduced: tuple[int, ...]
    critical_subspaces_of_reduced: int

    def _repr_html_(self) -> str:
        return markup.record(self)


def critical_of_reduced(
    architecture: ArchitectureLike,
    reduced: int | Sequence[int],
    activation: str,
    biases: Biases = "all",
    skip: bool = False,
    *,
    max_digits: int | None = None,
) -> CriticalOfReduced:
    """Return how many critical subspaces a critical point of a smaller network gives.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    reduced : int or sequence of int
        The width of every hidden layer of the smaller network.
    activation, biases
        As `network_zero_loss` takes them.
    skip : bool
        Of one hidden layer, as `critcount.Setting` takes it.
    max_digits : int, optional
        Refuse a number of more digits.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.counting.network_types.count_network_critical_types`; for a skip connection
        with several hidden layers.

    Examples
    --------
    >>> critical_of_reduced("2-3-1", 2, "gelu", skip=True).critical_subspaces_of_reduced
    72
    """
    architecture = as_architecture(architecture)
    pairs = counted.layer_pairs(architecture, reduced, "reduced")
    chosen = network_types.layer_settings(architecture, activation, biases)[-1].activation
    if not skip:
        number = network_types.count_network_critical_types(
            architecture, reduced, activation, biases, max_digits=max_digits
        )
    elif len(pairs) > 1:
        raise ValueError("a skip connection is worked out for one hidden layer")
    else:
        widths = architecture.widths
        setting = Setting(chosen, widths[0], widths[-1], biases, skip)
        number = activations.count_critical_types(*pairs[0], setting, max_digits=max_digits)
    return CriticalOfReduced(
        architecture=str(architecture),
        activation=chosen.name,
        biases=biases,
        identity=chosen.identity,
        skip=skip,
        reduced=tuple(r for r, _ in pairs),
        critical_subspaces_of_reduced=number,
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


#: What the rows and the document are made of.
Counted: TypeAlias = ZeroLoss | NetworkZeroLoss | CriticalOfReduced


def zero_loss_rows(*found: Counted) -> list[Row]:
    """Return findings as rows of a report; what is None, or has been said, is left out.

    >>> for row in zero_loss_rows(zero_loss("2-2-1", 1, "tanh"))[3:8]:
    ...     print(row.quantity, row.of, row.value)
    symmetry_group 1 (Z/2)^1 ⋊ S_1
    pieces_of_the_group 1 2
    dimension_of_the_group 1 0
    components 2 12
    generating_function None e^x (2u + u²)^r e^(u + u²/2)
    """
    rows = dict.fromkeys(row for each in found for row in _rows(each))
    return [row for row in rows if row.value is not None]


def _rows(found: Counted) -> Iterator[Row]:
    yield Row("activation", None, found.activation)
    yield Row("identity", None, found.identity)
    yield Row("biases", None, found.biases)
    if isinstance(found, NetworkZeroLoss):
        yield from _rows_of_network(found)
        return
    yield Row("skip_connection", None, "yes" if found.skip else None)
    if isinstance(found, ZeroLoss):
        yield from _rows_of_layer(found)
    else:
        of = widths_cell(found.reduced)
        yield Row("critical_subspaces_of_reduced", of, found.critical_subspaces_of_reduced)


def _rows_of_layer(found: ZeroLoss) -> Iterator[Row]:
    r = found.minimal
    m = int(found.architecture.split("-")[1])
    what = "components" if found.exact else "types"
    yield Row("symmetry_group", r, found.group.name)
    yield Row(
        "pieces_of_the_group", r, "infinite" if found.group.order is None else found.group.order
    )
    yield Row("dimension_of_the_group", r, found.group.dimension)
    yield Row(what, m, found.components)
    yield Row("generating_function", None, found.formula)
    yield Row("types_on_a_bounded_domain", m, found.types_on_domain)
    yield Row("change_by_a_bounded_domain", None, found.domain)
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


def _rows_of_network(found: NetworkZeroLoss) -> Iterator[Row]:
    of = widths_cell(found.minimal)
    widths = widths_cell([int(width) for width in found.architecture.split("-")[1:-1]])
    group = found.group
    yield Row("symmetry_group_of_the_layers", of, group.name)
    yield Row("pieces_of_the_group", of, "infinite" if group.order is None else group.order)
    yield Row("dimension_of_the_group", of, group.dimension)
    yield Row("types_of_the_layers", widths, _known(found.types))
    yield Row("types_without_flipped_neurons", widths, found.plain_types)
    yield Row("reason", None, found.reason)


def _known(number: int | None) -> TableCell:
    return "not known" if number is None else number


def zero_loss_json(*found: Counted) -> dict[str, object]:
    """Return findings as one JSON document; every exact number is a string.

    >>> zero_loss_json(zero_loss("2-2-1", 1, "tanh"))["components"]
    '12'
    """

    def encode(item: Any) -> dict[str, Any]:
        names = Group._fields if isinstance(item, Group) else [f.name for f in fields(item)]
        return {name: value(name, getattr(item, name)) for name in names}

    def value(name: str, item: Any) -> Any:
        if isinstance(item, int) and not isinstance(item, bool):
            return numerals.exact(item)
        if isinstance(item, Group):
            return encode(item)
        if name == "steps":
            return [encode(step) for step in item]
        return widths_text(item) if isinstance(item, tuple) else item

    document: dict[str, object] = {"schema_version": SCHEMA_VERSION}
    for each in found:
        document |= encode(each)
    return document
