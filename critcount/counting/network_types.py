r"""Types and critical subspaces of several hidden layers, for a named activation (*derived*).

Layer by layer: the next layer's biases are the output biases of a layer. A product of types, one
for each hidden layer, is a set of networks of zero loss: in every layer each class of neurons
hands on what one neuron of the minimal network does, so that the next layer receives the same.
For the kinds without a linear part that is so for all types. Flipped neurons of a kind with a
linear part leave a linear function of the layer's inputs for every neuron of the next layer, and
in how many ways these vanish together is not known; the types without flipped neurons remain.

That there are no further zero-loss networks is proved for one hidden layer only. With biases there
are more in general: neurons that compute constants (``docs/mathematics.md``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from flint import fmpz

from critcount._support import checks, markup
from critcount.activations import Activation
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.counting import activations
from critcount.counting.network import layer_pairs
from critcount.counting.setting import BIASES, Biases, Group, Setting

__all__ = [
    "NetworkTypes",
    "count_network_critical_types",
    "count_network_types",
    "is_known",
    "layer_settings",
    "network_group",
]


class NetworkTypes(NamedTuple):
    """How many types the zero-loss set of a network has.

    Attributes
    ----------
    number : int or None
        All types that layers can have on their own, multiplied; None where it is not known.
    plain : int
        Those of them without flipped neurons.
    reason : str
        Why, or why not.
    """

    number: int | None
    plain: int
    reason: str

    def _repr_html_(self) -> str:
        return markup.record(self)


def layer_settings(
    architecture: ArchitectureLike, activation: str | Activation, biases: Biases = "all"
) -> list[Setting]:
    """Return the setting of each hidden layer: what is behind it counts as the output.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    activation : str or Activation
    biases : {"all", "hidden", "output", "none"}
        Which layers of the network have biases; "output" is the last.

    Raises
    ------
    TypeError, ValueError
        As `critcount.Setting`; the message names the layer.

    Examples
    --------
    >>> [setting.biases for setting in layer_settings("2-4-4-1", "tanh", "hidden")]
    ['all', 'hidden']
    """
    widths = as_architecture(architecture).widths
    checks.choice("biases", biases, BIASES)
    last = len(widths) - 3
    inner: Biases = "all" if biases in ("all", "hidden") else "none"
    found = []
    for k in range(last + 1):
        chosen = biases if k == last else inner
        try:
            found.append(Setting(activation, widths[k], widths[k + 2], chosen))  # type: ignore[arg-type]
        except ValueError as error:
            if last == 0:
                raise
            raise ValueError(f"hidden layer {k + 1} of {last + 1}: {error}") from error
    return found


def count_network_types(
    architecture: ArchitectureLike,
    minimal: int | Sequence[int],
    activation: str | Activation,
    biases: Biases = "all",
    *,
    max_digits: int | None = None,
) -> NetworkTypes:
    """Return the number of types of zero-loss networks, the product over the hidden layers.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal : int or sequence of int
        The minimal width of every hidden layer.
    activation, biases
        As `layer_settings` takes them.
    max_digits : int, optional
        As in `critcount.counting.activations.count_types`, for each layer.

    Returns
    -------
    NetworkTypes
        For one hidden layer `critcount.counting.activations.count_types`, the components. For
        several the types that the layers have on their own; each is a set of zero-loss networks,
        and there may be others. The number is None for activations with a linear part.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.counting.activations.count_types` and `critcount.count_expansions`.

    See Also
    --------
    critcount.counting.activations.count_types : for one hidden layer: the components.
    critcount.count_expansions : the number for a generic activation.

    Examples
    --------
    >>> count_network_types("2-3-3-1", (2, 2), "tanh").number
    9216
    >>> found = count_network_types("2-3-3-1", (2, 2), "gelu")
    >>> found.number, found.plain
    (None, 324)
    """
    architecture = as_architecture(architecture)
    pairs = layer_pairs(architecture, minimal, "minimal")
    settings = layer_settings(architecture, activation, biases)
    chosen = list(zip(pairs, settings, strict=True))
    plain = _product(
        [
            activations.count_plain_types(r, m, setting, max_digits=max_digits)
            for (r, m), setting in chosen
        ]
    )
    if not is_known(settings):
        reason = (
            "how the linear parts of flipped neurons vanish together in several layers is not "
            "known; those without flipped neurons are"
        )
        return NetworkTypes(None, plain, reason)
    numbers = [
        activations.count_types(r, m, setting, max_digits=max_digits) for (r, m), setting in chosen
    ]
    reason = "one hidden layer: all components"
    if len(pairs) > 1:
        reason = "the types of the layers; there may be further zero-loss networks"
    return NetworkTypes(_product(numbers), plain, reason)


def count_network_critical_types(
    architecture: ArchitectureLike,
    reduced: int | Sequence[int],
    activation: str | Activation,
    biases: Biases = "all",
    *,
    max_digits: int | None = None,
) -> int:
    """Return how many critical subspaces an irreducible critical point of these widths gives.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    reduced : int or sequence of int
        The width of every hidden layer of the smaller network.
    activation, biases
        As `layer_settings` takes them.
    max_digits : int, optional
        As in `critcount.counting.activations.count_critical_types`, for each layer.

    Returns
    -------
    int
        The product over the hidden layers of
        `critcount.counting.activations.count_critical_types`: flipping a neuron of an odd or even
        activation is a symmetry at any depth, a network of sigmoids with biases is one of tanh in
        other weights, and an idle neuron without outgoing weight has no gradient where the next
        layer has biases, or σ(0) = 0.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.counting.activations.count_critical_types` and
        `critcount.count_critical_subspaces`.

    Examples
    --------
    >>> count_network_critical_types("2-3-3-1", (2, 2), "sigmoid")
    5184
    """
    architecture = as_architecture(architecture)
    pairs = layer_pairs(architecture, reduced, "reduced")
    settings = layer_settings(architecture, activation, biases)
    return _product(
        [
            activations.count_critical_types(r, m, setting, max_digits=max_digits)
            for (r, m), setting in zip(pairs, settings, strict=True)
        ]
    )


def is_known(settings: Sequence[Setting]) -> bool:
    """Tell whether each product of types of the layers is of zero loss.

    Not with several hidden layers and an activation with a linear part.

    >>> is_known(layer_settings("2-4-1", "gelu")), is_known(layer_settings("2-4-4-1", "gelu"))
    (True, False)
    """
    return len(settings) == 1 or all(setting.form != "linear" for setting in settings)


def network_group(minimal: Sequence[int], settings: Sequence[Setting]) -> Group:
    """Return the symmetries that the layers of a network have on their own.

    >>> network_group((2, 3), layer_settings("2-4-4-1", "tanh"))
    Group(name='(Z/2)^2 ⋊ S_2 × (Z/2)^3 ⋊ S_3', order=384, dimension=0)
    """
    groups = [setting.group(r) for r, setting in zip(minimal, settings, strict=True)]
    orders = [group.order for group in groups]
    order = None if None in orders else math.prod(filter(None, orders))
    name = " × ".join(group.name for group in groups)
    return Group(name, order, sum(group.dimension for group in groups))


def _product(numbers: Sequence[int]) -> int:
    return int(math.prod(map(fmpz, numbers), start=fmpz(1)))
