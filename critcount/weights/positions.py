"""A network with one hidden layer at zero loss, neuron by neuron."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from critcount._support.types import Array, Indices
from critcount.weights.network import Network
from critcount.weights.roles import Role

__all__ = ["FREE", "IDLE", "Position", "SeparatedError", "labelled"]

#: Labels of neurons in no class.
IDLE, FREE = -1, -2


class SeparatedError(Exception):
    """Two positions that are stuck lie in different pieces; the message says what differs."""


@dataclass
class Position:
    """A network with one hidden layer at zero loss, neuron by neuron.

    Attributes
    ----------
    rows : numpy.ndarray
        (m, d_in + 1), incoming weights and bias.
    out : numpy.ndarray
        (m, d_out).
    label : numpy.ndarray
        (m,): t of a copy, r + l of a neuron of Z_l, -1 idle, -2 free.
    sign : numpy.ndarray
        (m,), ±1.
    """

    rows: Array
    out: Array
    label: Indices
    sign: Indices

    def copy(self) -> Position:
        """Return a position of its own."""
        return Position(
            np.array(self.rows), np.array(self.out), np.array(self.label), np.array(self.sign)
        )

    def part(self, label: int, sign: int) -> list[int]:
        """Return the neurons of a class that have a sign."""
        return np.flatnonzero((self.label == label) & (self.sign == sign)).tolist()

    def release(self, neurons: list[int]) -> None:
        """Make neurons free."""
        self.out[neurons] = 0
        self.label[neurons] = FREE

    @property
    def free(self) -> list[int]:
        """The free neurons."""
        return np.flatnonzero(self.label == FREE).tolist()


def labelled(network: Network, roles: tuple[Role, ...], r: int) -> Position:
    """Return the position of a network with the labels of its roles, not yet at zero loss.

    Idle neurons get incoming weights 0; `r` is the width of the minimal network.
    """
    bias, (incoming, outgoing) = network.biases[0], network.weights
    rows = np.column_stack([incoming, np.zeros(len(incoming)) if bias is None else bias])
    label = np.array(
        [
            role.block + r * (role.role == "zero-type") if role.role != "idle" else IDLE
            for role in roles
        ],
        dtype=np.intp,
    )
    sign = np.array([role.sign for role in roles], dtype=np.intp)
    rows[label == IDLE, :-1] = 0
    return Position(rows, np.array(outgoing.T), label, sign)
