"""The answer of `critcount.classify`: blocks, roles, the minimal network and what is close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from critcount._support import markup
from critcount.activations import Activation
from critcount.architecture import widths_text
from critcount.configurations.configuration import Configuration
from critcount.counting.setting import BIASES, Setting, TypeShape
from critcount.weights.canonical import CanonicalForm
from critcount.weights.depth import DeepForm
from critcount.weights.network import Network
from critcount.weights.roles import Role, type_shape
from critcount.weights.subspaces import AffineSubspace
from critcount.weights.tolerance_ranges import ToleranceRange

__all__ = ["BlockResidual", "Change", "Classification", "ConstantNeuron"]

BlockKind: TypeAlias = Literal["replication", "zero"]
NamedBlock: TypeAlias = tuple[BlockKind, tuple[int, ...]]
NamedBlocks: TypeAlias = tuple[NamedBlock, ...]


class BlockResidual(NamedTuple):
    """How far the neurons of one block are from the subspace.

    Attributes
    ----------
    layer : int
        The hidden layer, from 0.
    kind : {"replication", "zero"}
    label : int
        t of K_t, l of Z_l.
    neurons : tuple of int
    incoming : float
        The largest distance of a neuron's incoming weights and bias from those of the nearest
        point of the subspace, relative to the largest norm of a neuron's in the layer.
    outgoing : float
        The distance of the block's outgoing weights from those of the nearest point, relative to
        the largest norm of a neuron's outgoing weights in the layer.
    total : float
        The norm of the sum of the block's outgoing weights, relative to the same: a replication
        block for which it is small is nearly of zero type.
    """

    layer: int
    kind: BlockKind
    label: int
    neurons: tuple[int, ...]
    incoming: float
    outgoing: float
    total: float

    def _repr_html_(self) -> str:
        return markup.record(self)


class ConstantNeuron(NamedTuple):
    """A neuron whose incoming weights vanish, so that it computes a constant.

    Attributes
    ----------
    layer, neuron : int
        From 0.
    bias : float
        Its bias, with what constant neurons below add to it; 0 where there is none.
    folded : bool
        Whether its outgoing weights have been made into a bias of the next layer or into those of
        another constant neuron. False when they cancel within its zero-type block, and
        for the one constant neuron that takes the place of a bias.
    """

    layer: int
    neuron: int
    bias: float
    folded: bool

    def _repr_html_(self) -> str:
        return markup.record(self)


class Change(NamedTuple):
    """Blocks that another tolerance would make other blocks.

    Attributes
    ----------
    layer : int
        The hidden layer, from 0.
    tolerance : float
        The other tolerance.
    before, after : tuple of (str, tuple of int)
        Kind and neurons of the blocks at the given and at the other tolerance.
    note : str
        Empty, or why the network cannot be classified at the other tolerance.
    """

    layer: int
    tolerance: float
    before: NamedBlocks
    after: NamedBlocks
    note: str = ""

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True, repr=False)
class Classification:
    """The answer of `classify`.

    Attributes
    ----------
    network : Network
        What was classified.
    tolerance : float
    minimal : Network
        The irreducible network that computes the same function: means over the blocks. Its
        neurons are in the order of the reference's, or of first appearance.
    configurations : tuple of Configuration
        One for every hidden layer.
    constant_neurons : tuple of ConstantNeuron
        They are zero-type in the configuration.
    flips : tuple of tuple of int
        For every hidden layer the neurons whose incoming weights and bias are taken negatively
        (odd and even activations).
    equivalent : Network
        The network after the flips and after constants were made into biases: the same
        function, and near `projection`.
    projection : Network
        The point of the subspace nearest to `equivalent`.
    distance : float
        Their Euclidean distance.
    residual : tuple of BlockResidual
        How far the blocks are from the subspace; replication blocks first in every layer.
    changes : tuple of Change
        What half and twice the tolerance would change.
    activation : Activation or None
        σ as it was named.
    part : Network
        The minimal network of the part of σ with clean symmetry (`critcount.weights.canonical`):
        `minimal` itself for most activations. `equivalent`, `projection` and `subspace` are of
        networks of this part where σ leaves a linear function, or a constant, or has scales.
    form : CanonicalForm, DeepForm or None
        The function, in the form that decides whether two networks compute the same; for several
        hidden layers there is one for activations with a linear part, and that two that differ
        compute different functions is not proved.
    roles : tuple of Role
        What every neuron is.
    width_bounds : (int, int) or None
        Between which the least width of a network with σ lies that computes the function: equal
        when `minimal` is known to be minimal. With a linear part it is NP-hard to decide. None
        for several hidden layers with relations that are not used.
    notes : tuple of str
        Relations of the activation that are not used, and why.
    tolerance_ranges : tuple of ToleranceRange
        The ranges of tolerances with one answer each, where the tolerance was chosen.
    """

    network: Network
    tolerance: float
    minimal: Network
    configurations: tuple[Configuration, ...]
    constant_neurons: tuple[ConstantNeuron, ...]
    flips: tuple[tuple[int, ...], ...]
    equivalent: Network
    projection: Network
    distance: float
    residual: tuple[BlockResidual, ...]
    changes: tuple[Change, ...]
    activation: Activation | None
    part: Network
    form: CanonicalForm | DeepForm | None
    roles: tuple[Role, ...]
    width_bounds: tuple[int, int] | None
    notes: tuple[str, ...]
    tolerance_ranges: tuple[ToleranceRange, ...] = ()

    @property
    def subspace(self) -> AffineSubspace:
        """The subspace of the configurations, of networks of the part with clean symmetry."""
        return AffineSubspace(self.part, self.configurations)

    @property
    def shape(self) -> TypeShape | None:
        """How many blocks of each sort there are; None for several hidden layers."""
        return type_shape(self.roles) if len(self.configurations) == 1 else None

    @property
    def setting(self) -> Setting | None:
        """The setting in which its type is counted; None where that is not worked out."""
        if self.activation is None or len(self.configurations) != 1:
            return None
        hidden, output = (bias is not None for bias in self.network.biases)
        biases = BIASES[hidden + 2 * output]
        d_in, _, d_out = self.network.widths
        try:
            return Setting(self.activation, d_in, d_out, biases)
        except ValueError:
            return None

    @property
    def is_component(self) -> bool | None:
        """Whether its type is a component of the zero-loss set; None where not worked out.

        For a minimal network in general position, and neurons that are not dead or linear on
        the domain.
        """
        setting, shape = self.setting, self.shape
        (r, m) = (self.configurations[0].r, self.configurations[0].m)
        if setting is None or shape is None or self._on_domain or self.minimal.widths[1] != r:
            return None
        try:
            setting.require(r, m)
        except ValueError:
            return None
        return setting.has(shape)

    @property
    def is_alone(self) -> bool | None:
        """Whether no path of zero loss leads to a network of another type; None if unknown."""
        setting, shape = self.setting, self.shape
        if self.is_component is None or setting is None or shape is None:
            return None
        return setting.alone(self.configurations[0].r, self.configurations[0].m, shape)

    @property
    def _on_domain(self) -> bool:
        return any(role.role in ("dead", "linear") for role in self.roles)

    def _repr_html_(self) -> str:
        rows: list[tuple[str, object]] = [
            ("network", widths_text(self.network.widths)),
            ("reduces to", widths_text(self.minimal.widths)),
            ("tolerance", self.tolerance),
            ("distance from the subspace", self.distance),
        ]
        rows += [("configuration", str(configuration)) for configuration in self.configurations]
        pictures = (configuration._repr_svg_() or "" for configuration in self.configurations)
        return markup.html_table((), rows, "Classification") + "<br>".join(pictures)

    def __repr__(self) -> str:
        extra = f", {len(self.constant_neurons)} constant" if self.constant_neurons else ""
        return (
            f"<Classification: {widths_text(self.network.widths)} reduces to "
            f"{widths_text(self.minimal.widths)}{extra}, distance {self.distance:.2g}>"
        )
