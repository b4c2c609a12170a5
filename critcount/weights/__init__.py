"""Weights: the networks that a configuration stands for, and the configuration of a network."""

from critcount.weights.classification import (
    BlockResidual,
    Change,
    Classification,
    ConstantNeuron,
    classify,
)
from critcount.weights.network import ACTIVATIONS, Network
from critcount.weights.paths import Deviation, NoPathError, ZeroLossPath, zero_loss_path
from critcount.weights.subspaces import AffineSubspace, embed

__all__ = [
    "ACTIVATIONS",
    "AffineSubspace",
    "BlockResidual",
    "Change",
    "Classification",
    "ConstantNeuron",
    "Deviation",
    "Network",
    "NoPathError",
    "ZeroLossPath",
    "classify",
    "embed",
    "zero_loss_path",
]
