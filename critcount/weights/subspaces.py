"""The affine subspace of weight space that a configuration stands for, and points on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from critcount._support import markup
from critcount._support.checks import show
from critcount._support.types import Array
from critcount.activations import Activation
from critcount.architecture import widths_text
from critcount.configurations.configuration import Configuration
from critcount.configurations.signed import SignedExpansion
from critcount.families.network import NetworkConfiguration
from critcount.families.protocol import generator
from critcount.weights import bases
from critcount.weights.constraints import Blocks, Critical, Expanded, project
from critcount.weights.embedding import embed_type
from critcount.weights.irreducible import require_irreducible
from critcount.weights.network import Network, require_network

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["AffineSubspace", "embed"]

Configurations: TypeAlias = str | Configuration | NetworkConfiguration | Sequence[Configuration]
Parts: TypeAlias = tuple[tuple[Expanded, ...], ...]


class AffineSubspace:
    """The networks of given widths that compute an irreducible network's function in one way.

    For a hidden layer with replication blocks K_t and zero-type blocks Z_l, the neurons of K_t
    have the incoming weights and the bias of neuron t of the irreducible network, and their
    outgoing weights add up to its outgoing weights; the neurons of Z_l share some incoming
    weights and bias, and their outgoing weights add up to zero (Şimşek et al. 2021, arXiv
    2105.12221). With several hidden layers "incoming weights" means their sums over the blocks of
    the layer below, and outgoing weights of zero-type neurons to zero-type neurons are free
    (derived). The subspace is a product of one affine space for every weight matrix with its bias.

    Parameters
    ----------
    network : Network
        Irreducible.
    configurations : sequence of Configuration, NetworkConfiguration, Configuration or str
        One for every hidden layer, r the width that the layer has in the network; or their words,
        as "0,1,2/1,0" or "012/10".
    critical : bool
        The critical subspace in it: no zero-type blocks, and the outgoing weights of the neurons
        of K_t are multiples β of neuron t's, Σβ = 1. If `network` is a critical point of a loss,
        all points of it are; on the larger subspace only the loss is the same.

    Raises
    ------
    TypeError
        An argument is of another kind.
    ValueError
        The network is not irreducible (two neurons are named), a configuration is missing or for
        another width, or `critical` with zero-type blocks.

    See Also
    --------
    critcount.dimension : the dimension from the widths alone.
    critcount.Configuration : what says which neurons are copies: no weights.
    critcount.embed : a random network on it.
    critcount.T : how many there are.

    Examples
    --------
    >>> teacher = Network([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 3.0]]])
    >>> subspace = AffineSubspace(teacher, Configuration.from_word([0, 1, 2, 0], 2))
    >>> subspace
    <AffineSubspace of 2-4-1, dimension 3>
    >>> subspace.random(0).weights[1].sum(axis=1).round(12)
    array([5.])
    """

    __slots__ = ("_configurations", "_dimension", "_network", "_pieces", "critical")

    _network: Network
    _configurations: tuple[tuple[Configuration, ...], ...]
    _pieces: Parts | tuple[tuple[Critical], ...]
    _dimension: int

    def __init__(
        self, network: Network, configurations: Configurations, *, critical: bool = False
    ) -> None:
        require_irreducible("network", network)
        layers = layer_configurations(network, configurations)
        if critical and any(c.zero_blocks for c in layers):
            raise ValueError("a critical subspace has no zero-type blocks")
        self._build(network, layers, critical)

    @classmethod
    def _trusted(cls, network: Network, layers: tuple[Configuration, ...]) -> AffineSubspace:
        """Return the subspace of a network that is known to be irreducible."""
        self = object.__new__(cls)
        self._build(network, layers, False)
        return self

    def _build(self, network: Network, layers: tuple[Configuration, ...], critical: bool) -> None:
        d_in, d_out = network.widths[0], network.widths[-1]
        blocks = [Blocks.ends(d_in), *map(Blocks.of, layers), Blocks.ends(d_out)]
        parts = zip(blocks[1:], blocks, network.weights, network.biases, strict=False)
        self._network = network
        self._configurations = (layers,)
        self.critical = critical
        if critical:
            self._pieces = tuple((Critical(*part, k == 0),) for k, part in enumerate(parts))
            self._dimension = sum(c.m - c.r for c in layers)
        else:
            pieces = tuple((Expanded(*part),) for part in parts)
            self._pieces = pieces
            self._dimension = sum(bases.dimension_of_spaces(piece) or 0 for piece in pieces)

    @property
    def network(self) -> Network:
        """The irreducible network."""
        return self._network

    @property
    def configurations(self) -> tuple[tuple[Configuration, ...], ...]:
        """The configurations of the layers; of an intersection those of both subspaces."""
        return self._configurations

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden widths, outputs of the networks in the subspace."""
        widths = self._network.widths
        return (widths[0], *(c.m for c in self._configurations[0]), widths[-1])

    @property
    def dimension(self) -> int:
        """The dimension, from the sizes of the blocks."""
        return self._dimension

    @property
    def origin(self) -> Network:
        """The point nearest to zero."""
        return self._nearest(self._zeros())

    @property
    def basis(self) -> sparse.csc_array[np.float64]:
        """Directions that span the subspace: a scipy.sparse array of shape (weights, dimension).

        The weights stand as in ``numpy.concatenate([W.ravel(), b])`` for every layer after the
        other. The columns are independent, sparse and not orthogonal; their entries are 1 and -1
        (of a critical subspace, weights of the irreducible network and their negatives).
        """
        from scipy.sparse import block_diag, csc_array

        columns = [
            piece[0].basis() if isinstance(piece[0], Critical) else bases.basis(piece)
            for piece in self._pieces
        ]
        return csc_array(block_diag(columns, format="csc"))

    def random(self, rng: np.random.Generator | int, scale: float = 1.0) -> Network:
        """Return the origin plus a normally distributed step inside the subspace.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            A generator or a seed.
        scale : float
            Standard deviation of the step in every direction of the subspace.

        Returns
        -------
        Network
        """
        return self._random(rng, [_scale(scale)] * len(self._pieces))

    def _random(self, rng: np.random.Generator | int, scales: Sequence[float]) -> Network:
        rng = generator(rng)
        points = [
            (
                scale * rng.standard_normal(weight.shape),
                None if bias is None else scale * rng.standard_normal(bias.shape),
            )
            for scale, (weight, bias) in zip(scales, self._zeros(), strict=True)
        ]
        return self._nearest(points)

    def project(self, network: Network) -> Network:
        """Return the nearest point of the subspace, in the Euclidean norm of all weights.

        Parameters
        ----------
        network : Network
            Of the subspace's widths, with biases in the same layers.

        Returns
        -------
        Network

        Raises
        ------
        ValueError
            When it is of another kind.
        """
        self._require(network)
        return self._nearest(list(zip(network.weights, network.biases, strict=True)))

    def contains(self, network: Network, tolerance: float) -> bool:
        """Return whether a network lies in the subspace, up to a relative tolerance.

        Parameters
        ----------
        network : Network
            As in `project`.
        tolerance : float
            In every layer no neuron's incoming weights and bias may differ from those of the
            nearest point by more than this times the largest norm of a neuron's incoming weights
            and bias in that layer.

        Returns
        -------
        bool
        """
        tolerance = require_tolerance(tolerance)
        nearest = self.project(network)
        for k in range(len(self._pieces)):
            here, there = joined(network, k), joined(nearest, k)
            scale = np.linalg.norm(here, axis=1).max(initial=0)
            if np.linalg.norm(here - there, axis=1).max(initial=0) > tolerance * scale:
                return False
        return True

    def intersection(self, other: AffineSubspace) -> AffineSubspace | None:
        """Return the intersection with another subspace of the same network; None when empty.

        Not only the points where the blocks of both are merged: with several hidden layers the
        intersection is larger (derived).

        Parameters
        ----------
        other : AffineSubspace
            Of the same irreducible network and widths.

        Returns
        -------
        AffineSubspace or None
            Its `configurations` are those of both.

        Raises
        ------
        TypeError, ValueError
            When the other is no such subspace; when either is critical (distinct critical
            subspaces of one network do not meet) or an intersection already.
        """
        if not isinstance(other, AffineSubspace):
            raise TypeError(f"other must be an AffineSubspace, not {show(other)}")
        if self.critical or other.critical or len(self._configurations + other.configurations) > 2:
            raise ValueError(
                "intersections are between two subspaces of configurations, neither critical nor "
                "intersections themselves"
            )
        if self.widths != other.widths or self._network != other._network:
            raise ValueError("both subspaces must be of the same network and the same widths")
        pieces = tuple((*a, *b) for a, b in zip(self._pieces, other._pieces, strict=True))
        dimensions = [bases.dimension_of_spaces(piece) for piece in pieces]  # type: ignore[arg-type]
        if None in dimensions:
            return None
        both = object.__new__(AffineSubspace)
        both._network = self._network
        both._configurations = self._configurations + other._configurations
        both._pieces = pieces  # type: ignore[assignment]
        both._dimension = sum(dimension or 0 for dimension in dimensions)
        both.critical = False
        return both

    def _zeros(self) -> list[tuple[Array, Array | None]]:
        return [
            (
                np.zeros((len(piece.above.letters), len(piece.below.letters))),
                None if piece.bias is None else np.zeros(len(piece.above.letters)),
            )
            for piece, *_ in self._pieces
        ]

    def _nearest(self, points: Iterable[tuple[Array, Array | None]]) -> Network:
        nearest = [
            piece[0].nearest(*point) if isinstance(piece[0], Critical) else project(piece, *point)  # type: ignore[arg-type]
            for piece, point in zip(self._pieces, points, strict=True)
        ]
        weights, biases = [weight for weight, _ in nearest], [bias for _, bias in nearest]
        return Network._trusted(weights, biases, activation=self._network.activation)

    def _require(self, network: Network) -> None:
        require_network("network", network)
        if network.widths != self.widths:
            widths = widths_text(self.widths)
            raise ValueError(
                f"the subspace is of networks {widths}, the network is "
                f"{widths_text(network.widths)}"
            )
        require_same_biases(network, self._network)

    def __eq__(self, other: object) -> bool:
        """Whether both are of the same network and configurations, of the same kind."""
        return self._key() == other._key() if isinstance(other, AffineSubspace) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self._network, frozenset(self._configurations), self.critical

    def _repr_html_(self) -> str:
        rows: list[tuple[str, object]] = [
            ("widths", widths_text(self.widths)),
            ("dimension", self.dimension),
        ]
        each = [configuration for layers in self.configurations for configuration in layers]
        rows += [("configuration", str(configuration)) for configuration in each]
        pictures = (configuration._repr_svg_() or "" for configuration in each)
        kind = "critical subspace" if self.critical else "subspace of global minima"
        return markup.html_table((), rows, kind) + "<br>".join(pictures)

    def __repr__(self) -> str:
        widths = widths_text(self.widths)
        kind = ", critical" if self.critical else ""
        return f"<AffineSubspace of {widths}, dimension {self.dimension}{kind}>"


def embed(
    network: Network,
    configurations: Configurations | SignedExpansion,
    rng: np.random.Generator | int,
    *,
    activation: str | Activation | None = None,
    scale: float = 1.0,
) -> Network:
    """Return a wider network that computes the same function: a random point of a subspace.

    Parameters
    ----------
    network : Network
        Irreducible.
    configurations
        As in `AffineSubspace`; or, for one hidden layer, a `critcount.SignedExpansion`: signs,
        pairs and idle neurons, with weights that `activation` makes the same function of.
    rng : numpy.random.Generator or int
        A generator or a seed.
    activation : str or Activation, optional
        σ, for a signed expansion; by default that of the network, where it is known.
    scale : float
        Standard deviation of the freedom that the subspace leaves, relative to the root mean
        square of the weights of each layer.

    Returns
    -------
    Network

    Raises
    ------
    TypeError, ValueError
        As `AffineSubspace`; for a signed expansion that is no component for the activation.
    NotImplementedError
        For a signed expansion with fewer opposite pairs than outputs, where a linear part is to be
        balanced, and for sines with biases.

    See Also
    --------
    critcount.Expansions : the subspaces themselves: listed, ranked, drawn at random.
    critcount.classify : on which of them a network lies.

    Examples
    --------
    >>> teacher = Network([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 3.0]]])
    >>> student = embed(teacher, Configuration.from_word([0, 1, 2, 0], 2), rng=0)
    >>> student
    <Network 2-4-1, no biases>
    >>> x = [[0.3, -0.7]]
    >>> bool(abs(student(x, "generic") - teacher(x, "generic")) < 1e-12)
    True
    """
    if isinstance(configurations, SignedExpansion):
        require_irreducible("network", network)
        chosen = network.activation if activation is None else activation
        if chosen is None:
            raise TypeError("activation must be named for a signed expansion")
        return embed_type(network, configurations, generator(rng), chosen, _scale(scale))
    subspace = AffineSubspace(network, configurations)
    scale = _scale(scale)
    sizes = [float(np.sqrt(np.mean(np.square(w)))) if w.size else 1.0 for w in network.weights]
    return subspace._random(rng, [scale * size for size in sizes])


def layer_configurations(
    network: Network, configurations: Configurations
) -> tuple[Configuration, ...]:
    """Return one configuration for every hidden layer of a minimal network, validated."""
    hidden = network.widths[1:-1]
    if isinstance(configurations, str):
        configurations = NetworkConfiguration.from_word(configurations, hidden)
    if isinstance(configurations, Configuration):
        layers: tuple[Configuration, ...] = (configurations,)
    elif isinstance(configurations, NetworkConfiguration):
        layers = configurations.layers
    elif isinstance(configurations, bytes) or not isinstance(configurations, Iterable):
        raise TypeError(f"configurations must be a sequence, not {show(configurations)}")
    else:
        layers = tuple(configurations)
    for k, layer in enumerate(layers):
        if not isinstance(layer, Configuration):
            raise TypeError(f"configurations[{k}] must be a Configuration, not {show(layer)}")
    if len(layers) != len(hidden):
        raise ValueError(
            f"configurations must be one for each of the {len(hidden)} hidden layers, "
            f"not {len(layers)}"
        )
    for k, (layer, r) in enumerate(zip(layers, hidden, strict=True)):
        if layer.r != r:
            raise ValueError(
                f"configurations[{k}] must have r = {r} replication blocks, the width of that "
                f"hidden layer, not {layer.r}"
            )
    return layers


def joined(network: Network, k: int) -> Array:
    """Return a layer's weights and bias as one matrix, the bias its last column."""
    bias = network.biases[k]
    weight = network.weights[k]
    return weight if bias is None else np.column_stack((weight, bias))


def require_same_biases(network: Network, reference: Network) -> None:
    """Raise ValueError when one of two networks has a bias in a layer where the other has none."""
    for k, (a, b) in enumerate(zip(network.biases, reference.biases, strict=True)):
        if (a is None) != (b is None):
            raise ValueError(
                f"both networks must have biases in the same layers: weights[{k}] of one has one"
            )


def require_tolerance(tolerance: float) -> float:
    """Return a relative tolerance, or raise TypeError or ValueError."""
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float | np.number):
        raise TypeError(f"tolerance must be a number, not {show(tolerance)}")
    if not 0 <= tolerance < 1:
        raise ValueError(f"tolerance must be at least 0 and below 1, not {show(tolerance)}")
    return float(tolerance)


def _scale(scale: float) -> float:
    if isinstance(scale, bool) or not isinstance(scale, int | float | np.number):
        raise TypeError(f"scale must be a number, not {show(scale)}")
    if not 0 <= scale <= 1e100:
        raise ValueError(f"scale must be from 0 to 1e100, not {show(scale)}")
    return float(scale)
