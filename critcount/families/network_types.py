"""Types of networks with several hidden layers, for an activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from critcount._support import checks
from critcount.activations import Activation
from critcount.architecture import Architecture, ArchitectureLike, as_architecture
from critcount.configurations.signed import SignedExpansion
from critcount.configurations.signed_network import SignedNetworkExpansion
from critcount.counting.network import layer_pairs
from critcount.counting.network_types import is_known, layer_settings
from critcount.counting.setting import Biases
from critcount.families.layered import Layered
from critcount.families.signed import SignedExpansions
from critcount.families.type_family import named

__all__ = ["SignedNetworkExpansions"]


class SignedNetworkExpansions(Layered[SignedNetworkExpansion, SignedExpansions]):
    """The products of one type for each hidden layer; each is a set of zero-loss networks.

    What is behind a layer counts as its output. Of several hidden layers there may be further
    zero-loss networks, see `critcount.counting.network_types`.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
        The widths of the network.
    minimal : int or sequence of int
        The minimal width of every hidden layer; an int for a single one. At least 1, or 0 for a
        single hidden layer.
    activation : str or Activation
        As `critcount.Setting` takes it.
    biases : {"all", "hidden", "output", "none"}
        Which layers of the network have biases; "output" is the last.
    flips : bool
        Whether neurons may be flipped. Must be False for an activation with a linear part and
        several hidden layers: which flips vanish together there is not known.

    Raises
    ------
    TypeError, ValueError
        As `critcount.counting.network_types.layer_settings` and `critcount.NetworkExpansions`;
        where flips are not worked out.

    See Also
    --------
    critcount.counting.network_types.count_network_types : their number, at any width.
    critcount.SignedExpansions : of one hidden layer.

    Examples
    --------
    >>> family = SignedNetworkExpansions("2-3-3-1", (2, 2), "tanh")
    >>> family.cardinality()
    9216
    >>> str(family.unrank(5000)), family.from_word("1,4,2/0,1,3") in family
    ('3,1,2/1,0,3', True)
    >>> SignedNetworkExpansions("2-3-3-1", (2, 2), "gelu", flips=False).cardinality()
    324
    """

    def __init__(
        self,
        architecture: ArchitectureLike,
        minimal: int | Sequence[int],
        activation: str | Activation = "tanh",
        biases: Biases = "all",
        flips: bool = True,
    ) -> None:
        if not isinstance(flips, bool):
            raise TypeError(f"flips must be True or False, not {checks.show(flips)}")
        self._architecture = as_architecture(architecture)
        pairs = layer_pairs(self._architecture, minimal, "minimal")
        settings = layer_settings(self._architecture, activation, biases)
        self._activation, self._biases, self._flips = settings[0].activation, biases, flips
        if flips and not is_known(settings):
            raise ValueError(
                f"{self._activation.name}: how the linear parts of flipped neurons vanish "
                "together in several layers is not known; flips=False (--no-flips) gives the "
                "types without flipped neurons"
            )
        self._layers = tuple(
            SignedExpansions(
                r, m, setting.activation, setting.d_in, setting.d_out, setting.biases, flips=flips
            )
            for (r, m), setting in zip(pairs, settings, strict=True)
        )

    @property
    def activation(self) -> Activation:
        """The activation."""
        return self._activation

    @property
    def biases(self) -> Biases:
        """Which layers of the network have biases."""
        return self._biases

    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name; the architecture as a text."""
        return {
            "architecture": str(self._architecture),
            "minimal": self.minimal,
            "activation": named(self._activation),
            "biases": self._biases,
        } | ({} if self._flips else {"flips": False})

    @classmethod
    def from_parameters(cls, parameters: dict[str, Any]) -> SignedNetworkExpansions:
        """Return the family that has these `parameters`."""
        known = {"architecture": Architecture.parse(parameters["architecture"])}
        return cls(**(parameters | known))

    @classmethod
    def _joined(cls, layers: Sequence[SignedExpansion]) -> SignedNetworkExpansion:
        return SignedNetworkExpansion(layers)

    @classmethod
    def _is_element(cls, element: object) -> bool:
        return isinstance(element, SignedNetworkExpansion)
