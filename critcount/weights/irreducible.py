"""Whether a network is irreducible: no two neurons are copies, none is useless or constant."""

from __future__ import annotations

import numpy as np

from critcount._support.types import Array
from critcount.weights.grouping import groups
from critcount.weights.network import Network, require_network

__all__ = ["reducible", "require_irreducible"]


def reducible(network: Network) -> str | None:
    """Return why a network is not irreducible, or None when it is.

    In every hidden layer the neurons must differ in their incoming weights or bias, none may have
    outgoing weights that all vanish, and none may be constant, that is, have incoming weights that
    all vanish; only where the next layer has no bias to take its place is one constant neuron
    allowed.

    Parameters
    ----------
    network : Network

    Returns
    -------
    str or None
        A sentence that names the layer and the neurons, counted from 0.

    Examples
    --------
    >>> reducible(Network([[[1.0], [2.0], [1.0]], [[1.0, 1.0, 1.0]]]))
    'hidden layer 0: the neurons 0 and 2 have the same incoming weights'
    """
    for k in range(len(network.weights) - 1):
        weight, bias, after = network.weights[k], network.biases[k], network.weights[k + 1]
        rows: Array = weight if bias is None else np.column_stack((weight, bias))
        label = groups(rows, 0.0)
        first = np.unique(label, return_index=True)[1]
        if len(first) < len(label):
            second = int(np.flatnonzero(first[label] != np.arange(len(label)))[0])
            what = "incoming weights" if bias is None else "incoming weights and bias"
            return (
                f"hidden layer {k}: the neurons {int(first[label[second]])} and {second} have the "
                f"same {what}"
            )
        useless = np.flatnonzero(~after.any(axis=0))
        if len(useless):
            return f"hidden layer {k}: neuron {int(useless[0])} has outgoing weights of 0 only"
        constant = np.flatnonzero(~weight.any(axis=1))
        if len(constant) > (network.biases[k + 1] is None):
            which = " and ".join(map(str, constant[:2].tolist()))
            several = "s" if len(constant) > 1 else ""
            return (
                f"hidden layer {k}: neuron{several} {which} with incoming weights of 0 only "
                f"compute{'' if several else 's'} a constant"
            )
    return None


def require_irreducible(name: str, network: Network) -> None:
    """Raise ValueError when a network is not irreducible."""
    if reason := reducible(require_network(name, network)):
        raise ValueError(f"{name} must be irreducible; {reason}")
